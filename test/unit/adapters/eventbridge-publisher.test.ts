import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import fc from 'fast-check';
import type { BusEvent } from '../../../core/contracts/event.ts';
import { DependencyUnavailableError, InvalidInputError } from '../../../core/shared/errors.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { batchesOf, eventBridgePublisher } from '../../../lambdas/adapters/eventbridge-publisher.ts';
import { anEventDetail } from '../../support/events.ts';
import { startAwsEndpoint, type Answer } from './aws-endpoint.ts';

const event = (id: number): BusEvent => ({
  source: 'kintsugi.auto-healer',
  detailType: 'ActionApplied',
  detail: anEventDetail({
    event: 'ActionApplied',
    status: 'applied',
    latency: 12,
    action_type: 'restart',
    correlation_id: `c-${id}`,
  }),
});
const events = (count: number): BusEvent[] => Array.from({ length: count }, (_, id) => event(id));

const publish = async (count: number, answer: (sent: readonly Entry[], request: number) => Answer) => {
  const endpoint = await startAwsEndpoint(({ body }, index) => answer(entriesOf(body), index));
  const client = new EventBridgeClient(endpoint.settings);
  const pauses: number[] = [];
  const clock = { now: () => epochMs(0), sleep: async (pause: number) => void pauses.push(pause) };
  try {
    const error = await eventBridgePublisher(client, 'kintsugi-dev', clock)
      .publish(events(count))
      .catch((reason: unknown) => reason);
    return { error, pauses, requests: endpoint.calls.map(({ body }) => entriesOf(body)) };
  } finally {
    client.destroy();
    await endpoint.close();
  }
};

interface Entry {
  readonly EventBusName: string;
  readonly Source: string;
  readonly DetailType: string;
  readonly Detail: string;
}
const entriesOf = (body: string): readonly Entry[] =>
  (JSON.parse(body) as { readonly Entries: readonly Entry[] }).Entries;
const taken = (sent: readonly Entry[]) => ({ body: { Entries: sent.map((_, index) => ({ EventId: `e${index}` })) } });

test('puts every event once, ten per request, in order', async () => {
  const { error, requests } = await publish(23, taken);
  expect(error).toBeUndefined();
  expect(requests.map((entries) => entries.length)).toEqual([10, 10, 3]);
  const ids = requests.flat().map(({ Detail }) => (JSON.parse(Detail) as { correlation_id: string }).correlation_id);
  expect(ids).toEqual(events(23).map(({ detail }) => detail.correlation_id));
  expect(requests[0]?.[0]).toMatchObject({
    EventBusName: 'kintsugi-dev',
    Source: 'kintsugi.auto-healer',
    DetailType: 'ActionApplied',
  });
});

test('stays quiet when there is nothing to publish', async () => {
  expect((await publish(0, taken)).requests).toEqual([]);
});

test('tries again only what was not taken', async () => {
  const { error, requests, pauses } = await publish(3, (sent, request) =>
    request === 0
      ? {
          body: {
            FailedEntryCount: 1,
            Entries: [{ EventId: 'e0' }, { ErrorCode: 'ThrottlingException' }, { EventId: 'e2' }],
          },
        }
      : taken(sent),
  );
  expect(error).toBeUndefined();
  expect(requests.map((entries) => entries.length)).toEqual([3, 1]);
  expect(requests[1]?.[0]?.Detail).toContain('"c-1"');
  expect(pauses).toEqual([100]);
});

test('raises what is never taken, with the reason', async () => {
  const { error, requests } = await publish(2, (sent) => ({
    body: { Entries: sent.map(() => ({ ErrorCode: 'InternalFailure', ErrorMessage: 'sorry' })) },
  }));
  expect(error).toBeInstanceOf(DependencyUnavailableError);
  expect(String(error)).toContain('did not take 2 of 2 events for kintsugi-dev in 3 attempts (InternalFailure: sorry)');
  expect(requests).toHaveLength(3);
});

test('an answer without entries counts as not taken', async () => {
  expect((await publish(1, () => ({ body: {} }))).error).toBeInstanceOf(DependencyUnavailableError);
});

test('refuses an event that no request can hold', () => {
  const entry = { Source: 's', DetailType: 'ActionApplied', Detail: 'x'.repeat(256 * 1024) };
  expect(() => batchesOf([entry])).toThrow(InvalidInputError);
});

test('batches keep every entry and its order within ten entries and 256 KB', () => {
  const entry = fc
    .integer({ min: 0, max: 120_000 })
    .map((size) => ({ Source: 's', DetailType: 'd', Detail: 'x'.repeat(size) }));
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
      const batches = batchesOf(entries);
      expect(batches.flat()).toEqual(entries);
      for (const batch of batches) {
        expect(batch.length).toBeLessThanOrEqual(10);
        expect(batch.reduce((sum, { Detail }) => sum + 16 + (Detail?.length ?? 0), 0)).toBeLessThanOrEqual(256 * 1024);
      }
    }),
    { numRuns: 30 },
  );
});
