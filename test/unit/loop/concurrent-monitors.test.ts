import fc from 'fast-check';
import { after, durationMs, seconds } from '../../../core/shared/units.ts';
import { aService } from '../../support/builders.ts';
import { alarmMessage } from '../../support/messages.ts';
import { monitorFleet } from '../../support/monitor-fleet.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

/** Three trees; in each the callee has the higher number, and the last is what all depend on. */
const TREES = ['red', 'green', 'blue'];
const ROOT = 7;
const workloads = TREES.flatMap((tree) =>
  Array.from({ length: ROOT + 1 }, (_, n) =>
    aService(`${tree}-${n}`, n === ROOT ? {} : { dependsOn: [`${tree}-${Math.min(ROOT, 2 * n + 1 + (n % 2))}`] }),
  ),
);

/** Numbers from 0 to below 1 (mulberry32). */
const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
};

const storm = async (seed: number, failures: number) => {
  const random = randomFrom(seed);
  const clock = simulatedClock();
  const start = clock.now();
  clock.advance(seconds(60));
  const bodies = Array.from({ length: 60 }, (_, n) => {
    const { workloadId } = workloads[n < workloads.length ? n : Math.floor(random() * workloads.length)] ?? aService();
    return alarmMessage(`${workloadId}-errors`, after(start, durationMs((n * 37) % 60_000)));
  });
  const shuffled = bodies
    .map((body) => ({ body, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ body }) => body);
  const fleet = monitorFleet({ workloads, clock, random, monitors: 5, failures });
  await fleet.work(shuffled);
  const incidents = [...fleet.tables.incidents.values()].map(({ view }) => view);
  return {
    roots: incidents.map(({ workloadId }) => workloadId).sort(),
    counted: incidents.reduce((sum, { signalCount }) => sum + signalCount, 0),
    started: fleet.started.size,
    quarantined: fleet.quarantined,
    signals: new Set(bodies).size,
  };
};

test('five monitors at once, calls that fail, batches that come again: one incident and one execution per cause, each signal counted once', async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.constantFrom(0, 0.02, 0.06), async (seed, failures) => {
      const { roots, counted, started, quarantined, signals } = await storm(seed, failures);
      expect(roots).toEqual(['blue-7', 'green-7', 'red-7']);
      expect(counted).toBe(signals);
      expect(started).toBe(3);
      expect(quarantined).toEqual([]);
    }),
    { numRuns: 25 },
  );
}, 60_000);
