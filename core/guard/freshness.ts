import { durationMs, elapsed, formatDuration, isLonger, seconds, toIso } from '../shared/units.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import { allow, defineChangeGuard, deny } from './guard.ts';
import type { Finding } from './guard.ts';

/** How far another machine's clock may run ahead of ours before its times count as garbled. */
export const CLOCK_SKEW: DurationMs = seconds(5);

/** What was observed is recent enough to act on, and not from the future. */
export const freshnessGuard = defineChangeGuard(
  'freshness',
  ['now', 'limits', 'observedAt'],
  ({ now, limits, observedAt }) => judgeAge(now, observedAt, seconds(limits.freshnessSeconds)),
);

const judgeAge = (now: EpochMs, observedAt: EpochMs, limit: DurationMs): Finding => {
  const age = elapsed(observedAt, now);
  const measure = {
    fact: `observed at ${toIso(observedAt)}`,
    limit: `at most ${formatDuration(limit)} old`,
    limitSource: 'limits.freshnessSeconds',
  };
  if (isLonger(durationMs(-age), CLOCK_SKEW)) {
    return deny(`the evidence is from the future, by ${formatDuration(durationMs(-age))}`, measure);
  }
  if (isLonger(age, limit)) return deny(`the evidence is stale: ${formatDuration(age)} old`, measure);
  return allow('the evidence is fresh', measure);
};
