import type { Clock } from '../../core/shared/ports.ts';
import type { DurationMs, EpochMs } from '../../core/shared/units.ts';
import { after, durationMs, fromIso } from '../../core/shared/units.ts';

/** When every simulated story begins. */
export const START = fromIso('2026-11-21T05:30:00.000Z');

/** Time that passes only when somebody sleeps or a test lets it. */
export interface SimulatedClock extends Clock {
  advance(by: DurationMs): void;
}

/**
 * @param tick - what every look at the clock costs, so that two records never carry the same time by accident
 */
export const simulatedClock = (start: EpochMs = START, tick: DurationMs = durationMs(1)): SimulatedClock => {
  let now = start;
  const advance = (by: DurationMs): void => {
    now = after(now, by);
  };
  return {
    now: () => {
      advance(tick);
      return now;
    },
    sleep: (duration) => {
      advance(duration);
      return Promise.resolve();
    },
    advance,
  };
};
