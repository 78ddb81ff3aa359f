import type { HealthReading, Outcome } from '../contracts/outcome.ts';
import type { EpochMs } from '../shared/units.ts';
import { durationMs, elapsed, formatDuration, fromIso, isBefore, isLonger, seconds, toIso } from '../shared/units.ts';

/** A change of impact smaller than this (share of users' requests) is noise. */
const NOTICEABLE = 0.15;

export interface Watch {
  /** Before anything was done. */
  readonly before: HealthReading;
  /** Oldest first, at least one, all taken after the action ended. */
  readonly readings: readonly HealthReading[];
  /** Since when the workload has been healthy without a break, as far as earlier watching showed. */
  readonly healthySince: EpochMs | null;
  readonly actedAt: EpochMs;
  readonly now: EpochMs;
  readonly holdSeconds: number;
  /** After this long without recovery the action has not worked. */
  readonly deadlineSeconds: number;
  /** False when the recovery cannot be ours: nothing was changed. */
  readonly changed: boolean;
}

/**
 * What an action achieved, as far as can be said now.
 *
 * Recovery counts only when it has held; until it has, or the deadline has passed, the answer is `pending`. Recovery
 * without a change of ours is `self_recovered` and earns no credit.
 */
export const concludeOutcome = (watch: Watch): Outcome => {
  const after = watch.readings.at(-1) ?? watch.before;
  const since = healthySince(watch);
  const waited = elapsed(watch.actedAt, watch.now);
  const conclude = (status: Outcome['status'], reason: string, until: EpochMs): Outcome => ({
    status,
    before: watch.before,
    after,
    healthySince: since === null ? null : toIso(since),
    minutes: Math.max(0, elapsed(watch.actedAt, until)) / 60_000,
    readings: watch.readings.length,
    reason,
  });

  if (since !== null) {
    const held = elapsed(since, watch.now);
    if (!isLonger(seconds(watch.holdSeconds), held)) {
      return watch.changed
        ? conclude('recovered', `healthy for ${formatDuration(held)} without a break`, since)
        : conclude('self_recovered', 'it recovered without a change of ours', since);
    }
    return conclude('pending', `healthy for ${formatDuration(held)}, must hold ${watch.holdSeconds} s`, watch.now);
  }
  if (!isLonger(waited, seconds(watch.deadlineSeconds))) {
    return conclude('pending', `not healthy yet: ${after.reasons.join('; ')}`, watch.now);
  }
  return { ...conclude('pending', '', watch.now), ...verdictOn(watch.before, after, waited) };
};

const healthySince = (watch: Watch): EpochMs | null => {
  let since = watch.healthySince;
  for (const reading of watch.readings) {
    const at = fromIso(reading.at);
    if (!reading.healthy) since = null;
    else if (since === null || isBefore(at, since)) since = at;
  }
  return since;
};

const verdictOn = (before: HealthReading, after: HealthReading, waited: number): Pick<Outcome, 'status' | 'reason'> => {
  const change = after.impact - before.impact;
  const still = `after ${formatDuration(durationMs(waited))}: ${after.reasons.join('; ')}`;
  if (change > NOTICEABLE) return { status: 'worse', reason: `worse than before ${still}` };
  if (change < -NOTICEABLE) return { status: 'improved', reason: `better but not well ${still}` };
  return { status: 'unchanged', reason: `no better ${still}` };
};
