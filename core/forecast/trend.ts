/** A point of a trend: `at` and `value` in the caller's units. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

/** A range of plausible slopes, in value per unit of `at`. */
export interface SlopeRange {
  readonly low: number;
  readonly high: number;
}

/** A straight line through noisy points that outliers move little. */
export interface Trend {
  /** Value per unit of `at`. */
  readonly slope: number;
  /** Value of the line at a time. */
  readonly valueAt: (at: number) => number;
  /** Range of the slope for a two-sided normal quantile: 1.282 for 80 %, 1.960 for 95 %. */
  readonly slopeRange: (z: number) => SlopeRange;
  /** Values minus line, smallest first. */
  readonly residuals: readonly number[];
}

/** Element at a share of a sorted, non-empty array. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.round(share * (sorted.length - 1))] ?? Number.NaN;

const ascending = (values: readonly number[]): number[] => values.toSorted((a, b) => a - b);

const median = (values: readonly number[]): number => {
  const sorted = ascending(values);
  return (quantile(sorted, 0.5) + (sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN)) / 2;
};

/** Lag-1 autocorrelation, kept in [0, 0.95]: neighbours alike carry less evidence than their number says. */
const persistence = (residuals: readonly number[]): number => {
  const mean = residuals.reduce((sum, r) => sum + r, 0) / residuals.length;
  let own = 0;
  let withNext = 0;
  for (const [i, residual] of residuals.entries()) {
    own += (residual - mean) ** 2;
    if (i > 0) withNext += (residual - mean) * ((residuals[i - 1] ?? mean) - mean);
  }
  return own === 0 ? 0 : Math.min(0.95, Math.max(0, withNext / own));
};

const pairSlopes = (points: readonly Point[]): number[] => {
  const slopes: number[] = [];
  for (const [i, later] of points.entries()) {
    for (let j = 0; j < i; j += 1) {
      const earlier = points[j];
      if (earlier !== undefined && later.at > earlier.at)
        slopes.push((later.value - earlier.value) / (later.at - earlier.at));
    }
  }
  return ascending(slopes);
};

/**
 * Theil-Sen line: the median of the slopes of all pairs, with Sen's rank interval, which assumes no distribution.
 *
 * Neighbouring samples of a metric are alike; the variance of Kendall's S is therefore widened by (1 + r) / (1 - r), r
 * being the lag-1 autocorrelation of the residuals.
 *
 * @param points - at least 3 with different times, in order of time; the work grows with the square of their number
 * @throws RangeError when there are fewer
 * @see Sen, Estimates of the Regression Coefficient Based on Kendall's Tau (1968)
 * @see Hamed and Rao, A modified Mann-Kendall trend test for autocorrelated data (1998)
 */
export const fitTrend = (points: readonly Point[]): Trend => {
  const slopes = pairSlopes(points);
  const n = points.length;
  if (slopes.length < 3) throw new RangeError(`a trend needs at least 3 points at different times, got ${n}`);
  const slope = median(slopes);
  const intercept = median(points.map(({ at, value }) => value - slope * at));
  const inOrder = points.map(({ at, value }) => value - intercept - slope * at);
  const r = persistence(inOrder);
  const deviationOfS = Math.sqrt(((n * (n - 1) * (2 * n + 5)) / 18) * ((1 + r) / (1 - r)));
  const slopeRange = (z: number): SlopeRange => {
    const half = (z * deviationOfS) / slopes.length / 2;
    return { low: quantile(slopes, Math.max(0, 0.5 - half)), high: quantile(slopes, Math.min(1, 0.5 + half)) };
  };
  return { slope, valueAt: (at) => intercept + slope * at, slopeRange, residuals: ascending(inOrder) };
};
