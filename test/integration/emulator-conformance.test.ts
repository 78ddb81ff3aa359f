import { InvokeCommand } from '@aws-sdk/client-lambda';
import { conformanceChecks, conformanceTable, runConformance } from '../../local/emulator/conformance.ts';
import type { Check } from '../../local/emulator/conformance/check.ts';
import { startEmulator, type Emulator } from '../../local/emulator/start-emulator.ts';

/** Runs against AWS_ENDPOINT_URL where that is set, against the pinned emulator otherwise. */
describe('the AWS endpoint', () => {
  let emulator: Emulator;

  beforeAll(async () => {
    emulator = await startEmulator({ dir: process.cwd() });
  }, 180_000);

  afterAll(() => emulator.stop());

  test('behaves as AWS does wherever the product relies on it', async () => {
    const rows = await runConformance(emulator.endpoint);
    const surprises = rows.filter(({ result }) => result === 'new difference');
    expect(conformanceTable(surprises)).toBe(conformanceTable([]));
    expect(rows).toHaveLength(conformanceChecks.length);
  }, 120_000);

  test('answers a burst of calls without starting a process for each', async () => {
    const calls = 60;
    const burst: Check = {
      behaviour: 'a burst of calls is answered by few processes',
      neededBy: 'the HTTP API under load, on a laptop',
      run: async ({ clients, name }) => {
        const call = () => clients.lambda.send(new InvokeCommand({ FunctionName: name('Worker'), Payload: '{}' }));
        const answers = await Promise.all(Array.from({ length: calls }, call));
        const processes = answers.map(
          ({ Payload }) => (JSON.parse(Buffer.from(Payload ?? []).toString()) as { readonly process: number }).process,
        );
        const used = new Set(processes).size;
        if (used > calls / 3) throw new Error(`${calls} calls were answered by ${used} processes`);
      },
    };
    expect(await runConformance(emulator.endpoint, [burst])).toMatchObject([{ result: 'ok', note: '' }]);
  }, 60_000);

  test('is called different when a check fails, and better when a known difference is gone', async () => {
    const check = (knownDifference: string | undefined, passes: boolean): Check => ({
      behaviour: 'a wrong table name is found',
      neededBy: 'this test',
      ...(knownDifference === undefined ? {} : { knownDifference }),
      run: ({ name }) => (passes ? Promise.resolve() : Promise.reject(new Error(name('Seen')))),
    });
    const checks = [check(undefined, true), check(undefined, false), check('known', false), check('known', true)];
    const rows = await runConformance(emulator.endpoint, checks);
    expect(rows.map(({ result }) => result)).toEqual([
      'ok',
      'new difference',
      'differs, as known',
      'better than known',
    ]);
  }, 60_000);
});
