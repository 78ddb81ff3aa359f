import type { LiveEvent } from '../../../core/contracts/api/events.ts';
import { epochMs } from '../../../core/shared/units.ts';
import type { RequestContext } from '../../../lambdas/api/gate.ts';
import { eventHandlers } from '../../../lambdas/api-read/events.ts';
import { anEventDetail } from '../../support/events.ts';

const NOW = 1_763_700_000_000;

/** The n-th of many events of one second. */
const event = (n: number): LiveEvent => ({
  id: `${NOW + Math.floor(n / 1_000)}-${n.toString(16).padStart(12, '0')}`,
  source: 'kintsugi.test',
  event: 'SignalReceived',
  detail: anEventDetail(),
});

const over = (stored: readonly LiveEvent[]) => {
  const reads: number[] = [];
  const { pollEvents } = eventHandlers({
    clock: { now: () => epochMs(NOW + 1_000), sleep: () => Promise.resolve() },
    recentEvents: (from, most) => {
      const found = from === null ? stored.slice(-most) : stored.filter(({ id }) => id >= from).slice(0, most);
      reads.push(found.length);
      return Promise.resolve(found);
    },
  });
  const poll = (after: string | undefined, limit = 50) =>
    pollEvents({ query: { limit, ...(after === undefined ? {} : { after }) } }, {} as RequestContext);
  return { poll, reads };
};

const many = Array.from({ length: 1_500 }, (_, n) => event(n));

test.each([1, 50, 200])('whoever polls %i at a time gets to the end of a storm, and misses nothing', async (limit) => {
  const { poll } = over(many);
  const got = new Set<string>();
  let after = many[0]?.id ?? '';
  for (let polls = 0; polls < many.length && after !== many.at(-1)?.id; polls += 1) {
    const { events, lastEventId } = await poll(after, limit);
    expect(events.length).toBeLessThanOrEqual(limit);
    for (const { id } of events) got.add(id);
    after = lastEventId ?? '';
  }
  expect(after).toBe(many.at(-1)?.id);
  expect(got.size).toBe(many.length - 1);
});

test('what was stored late comes with what is new, and a quiet poll is one read', async () => {
  const few = many.slice(0, 4);
  const { poll, reads } = over(few);
  const page = await poll(few[2]?.id);
  expect(page.events.map(({ id }) => id)).toEqual([few[0], few[1], few[3]].map((one) => one?.id));
  expect(page.lastEventId).toBe(few[3]?.id);
  expect(reads).toHaveLength(1);
});
