import { assertNever } from './assert-never.ts';
import type { DurationMs, EpochMs } from './units.ts';
import { after, durationMs, isBefore } from './units.ts';

/**
 * Whether a dependency is worth asking. Closed: it is asked. Open: it has failed too often in a row, and is left alone
 * for a while. Half open: one call tries whether it is back, the others are still refused.
 *
 * @see Nygard, Release It! (2007), chapter 5
 */
export type CircuitBreaker =
  | { readonly state: 'closed'; readonly failures: number }
  | { readonly state: 'open'; readonly until: EpochMs }
  /** Of a trial that says nothing until then (its process was frozen) nobody waits for the answer. */
  | { readonly state: 'halfOpen'; readonly trialUntil: EpochMs };

/** Attempts that fail in a row before it opens: more than one call makes. */
export const FAILURES_TO_OPEN = 5;
/** How long it stays open; shorter than the retries of a phase take, so that the last of them finds it half open. */
export const OPEN_FOR: DurationMs = durationMs(5_000);

export const closedBreaker: CircuitBreaker = { state: 'closed', failures: 0 };

export interface Admission {
  readonly admitted: boolean;
  readonly breaker: CircuitBreaker;
}

/** May a call be made now? The first one after the pause is the trial. */
export const admit = (breaker: CircuitBreaker, now: EpochMs): Admission => {
  switch (breaker.state) {
    case 'closed':
      return { admitted: true, breaker };
    case 'open':
      return isBefore(now, breaker.until) ? { admitted: false, breaker } : trial(now);
    case 'halfOpen':
      return isBefore(now, breaker.trialUntil) ? { admitted: false, breaker } : trial(now);
    default:
      return assertNever(breaker);
  }
};

const trial = (now: EpochMs): Admission => ({
  admitted: true,
  breaker: { state: 'halfOpen', trialUntil: after(now, OPEN_FOR) },
});

/** After an answer, whatever it says: who refuses is there. */
export const answered = (): CircuitBreaker => closedBreaker;

/** After an attempt without an answer, or with a failure on the other side. A failed trial opens it at once. */
export const failed = (breaker: CircuitBreaker, now: EpochMs): CircuitBreaker => {
  const failures = breaker.state === 'closed' ? breaker.failures + 1 : FAILURES_TO_OPEN;
  return failures < FAILURES_TO_OPEN ? { state: 'closed', failures } : { state: 'open', until: after(now, OPEN_FOR) };
};
