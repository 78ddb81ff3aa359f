import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import type { TimeWindow } from '../../../core/contracts/time-window.ts';
import { MaintenanceWindowsSchema } from '../../../core/contracts/workload.ts';
import { openWindow } from '../../../core/guard/time-window.ts';
import { InvalidInputError } from '../../../core/shared/errors.ts';
import { epochMs } from '../../../core/shared/units.ts';
import type { Pause } from '../../../core/task/pause.ts';
import { withPause } from '../../../core/task/pause.ts';
import { setMaintenance } from '../../../lambdas/adapters/dynamodb-workloads.ts';
import { isoAt } from '../../support/builders.ts';
import { startAwsEndpoint, type AwsEndpoint } from '../adapters/aws-endpoint.ts';

const rest = (from: number, until: number): Pause => ({ from: isoAt(from), until: isoAt(until), pausedBy: 'ada' });
const NIGHTLY: TimeWindow = { from: '02:00', to: '03:00', timeZone: 'UTC' };
const PLANNED: TimeWindow = { from: isoAt(-60), until: isoAt(0) };

test('a rest is added to the registered windows, and its end leaves them as they are', () => {
  expect(withPause([NIGHTLY, PLANNED], rest(0, 60))).toEqual([NIGHTLY, PLANNED, rest(0, 60)]);
  expect(withPause([NIGHTLY, PLANNED, rest(0, 60)], null)).toEqual([NIGHTLY, PLANNED]);
});

test('of several rests the one that ends last is kept', () => {
  expect(withPause([rest(0, 60), NIGHTLY], rest(30, 90))).toEqual([NIGHTLY, rest(30, 90)]);
  expect(withPause([rest(0, 600), NIGHTLY], rest(30, 90))).toEqual([NIGHTLY, rest(0, 600)]);
});

test('whatever rests are asked for, the windows can be stored and one is open for as long as was asked', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 7 * 86_400 }), { minLength: 1, maxLength: 60 });
  fc.assert(
    fc.property(lengths, (asked) => {
      const registered = Array.from({ length: 50 }, () => PLANNED);
      const windows = asked.reduce<readonly TimeWindow[]>(
        (held, length, at) => withPause(held, rest(at, at + length)),
        registered,
      );
      expect(MaintenanceWindowsSchema.safeParse(windows).success).toBe(true);
      const last = Math.max(...asked.map((length, at) => at + length));
      expect(openWindow(windows, epochMs(Date.parse(isoAt(last)) - 1))).not.toBeNull();
    }),
  );
});

describe('windows that the registry could not read back', () => {
  let endpoint: AwsEndpoint;
  beforeAll(async () => {
    endpoint = await startAwsEndpoint(() => ({ body: {} }));
  });
  afterAll(() => endpoint.close());

  test('are not written', async () => {
    const client = DynamoDBDocumentClient.from(new DynamoDBClient(endpoint.settings));
    const write = (windows: readonly TimeWindow[]): Promise<void> =>
      setMaintenance(client, 'workloads', 'payments', [...windows]);
    await expect(write([rest(60, 60)])).rejects.toThrow(InvalidInputError);
    await expect(write([{ ...rest(0, 60), until: '+010240-01-01T00:00:00.000Z' }])).rejects.toThrow(InvalidInputError);
    await expect(write(Array.from({ length: 52 }, () => NIGHTLY))).rejects.toThrow(/maintenance windows of payments/);
    expect(endpoint.calls).toEqual([]);
    await write([NIGHTLY, rest(0, 60)]);
    expect(endpoint.calls.map(({ operation }) => operation)).toEqual(['UpdateItem']);
  });
});
