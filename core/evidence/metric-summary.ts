import type { MetricSummary } from '../contracts/evidence.ts';
import type { MetricRole } from '../contracts/workload.ts';
import type { Sample } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import { toIso } from '../shared/units.ts';

/** Newest samples that count as "now": few enough to see a change at once, enough that one odd sample does not decide. */
const CURRENT_SAMPLES = 3;

/**
 * Reduces one metric to what was normal before the onset and what it is now.
 *
 * @param samples - oldest first, in the metric's own unit
 * @param onset - when the trouble was first noticed; samples up to it make the baseline, the newest three the present
 * @returns medians, null where there are no samples: missing data is not zero
 */
export const summariseMetric = (role: MetricRole, samples: readonly Sample[], onset: EpochMs): MetricSummary => {
  const newest = samples.at(-1);
  return {
    role,
    baseline: median(samples.filter((sample) => sample.at <= onset).map((sample) => sample.value)),
    current: median(samples.slice(-CURRENT_SAMPLES).map((sample) => sample.value)),
    samples: samples.length,
    newestAt: newest === undefined ? null : toIso(newest.at),
  };
};

/** Middle value, mean of the two middle ones for an even count; null for an empty list. */
export const median = (values: readonly number[]): number | null => {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
};
