import { durationMs, elapsed, formatDuration, isLonger, seconds, toIso } from '../shared/units.ts';
import type { DurationMs } from '../shared/units.ts';
import type { KnownFacts } from './facts.ts';
import { allow, defineChangeGuard, definePolicyGuard, deny } from './guard.ts';

/** How far another machine's clock may run ahead of ours before its times count as garbled. */
export const CLOCK_SKEW: DurationMs = seconds(5);

const measureOf = ({ limits, observedAt }: Pick<KnownFacts, 'limits' | 'observedAt'>) => ({
  fact: `observed at ${toIso(observedAt)}`,
  limit: `at most ${formatDuration(seconds(limits.freshnessSeconds))} old`,
  limitSource: 'limits.freshnessSeconds',
});

/** What was observed is recent enough to act on, and not from the future: `policies/evidence.cedar`. */
export const freshnessGuard = definePolicyGuard(
  'freshness',
  'freshness',
  ['now', 'limits', 'observedAt'],
  ({ now, limits, observedAt }) => {
    const age = elapsed(observedAt, now);
    return {
      facts: { ageMs: age, maxAgeMs: seconds(limits.freshnessSeconds), maxSkewMs: CLOCK_SKEW },
      measure: measureOf({ limits, observedAt }),
      passes: 'the evidence is fresh',
      words: { age: formatDuration(durationMs(Math.abs(age))) },
    };
  },
);

/** The same of what Act itself has just read, with no policy in between. */
export const freshnessAtAct = defineChangeGuard(
  'freshness',
  ['now', 'limits', 'observedAt'],
  ({ now, limits, observedAt }) => {
    const age = elapsed(observedAt, now);
    const measure = measureOf({ limits, observedAt });
    if (isLonger(durationMs(-age), CLOCK_SKEW)) {
      return deny(`the evidence is from the future, by ${formatDuration(durationMs(-age))}`, measure);
    }
    if (isLonger(age, seconds(limits.freshnessSeconds))) {
      return deny(`the evidence is stale: ${formatDuration(age)} old`, measure);
    }
    return allow('the evidence is fresh', measure);
  },
);
