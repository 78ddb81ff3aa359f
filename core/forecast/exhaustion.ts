import { after, durationMs, type DurationMs, elapsed, type EpochMs } from '../shared/units.ts';
import { fitTrend, type Point, quantile, type Trend } from './trend.ts';

/** Fewer samples than this do not make a trend. */
export const MIN_TREND_SAMPLES = 12;
/** More are thinned out evenly: the fit looks at every pair. */
const MAX_TREND_SAMPLES = 240;
/** A step back by this share of the whole movement is a restart, a clean-up or a renewal; the trend begins anew. */
const RESET_SHARE = 0.5;
/** And by this many usual steps: in plain noise a step of half the movement is nothing. */
const RESET_STEPS = 6;
/** Two-sided normal quantiles. */
const Z = { 80: 1.282, 95: 1.96 } as const;

/** Usage of something that runs out. */
export interface Resource {
  readonly samples: readonly { readonly at: EpochMs; readonly value: number }[];
  /** Value at which it is used up, in the samples' unit. */
  readonly limit: number;
  /** `rising` towards the limit (memory in use), or `falling` towards it (free disk, days left on a certificate). */
  readonly direction: 'rising' | 'falling';
}

/** When the limit is reached, at the earliest and at the latest; null means not within sight. */
export interface ExhaustionInterval {
  readonly earliest: EpochMs | null;
  readonly latest: EpochMs | null;
}

export type ExhaustionForecast =
  | { readonly state: 'not_enough_data'; readonly samples: number; readonly needed: number }
  | { readonly state: 'exhausted' }
  /** The slope's 95 % range includes standing still, or the trend leads away from the limit. */
  | { readonly state: 'no_trend'; readonly changePerHour: number }
  | {
      readonly state: 'exhausting';
      /** Where the trend began, by its line, in the samples' unit. */
      readonly from: { readonly at: EpochMs; readonly value: number };
      readonly at: EpochMs;
      /** From the newest sample to `at`. */
      readonly timeLeft: DurationMs;
      readonly changePerHour: number;
      readonly interval80: ExhaustionInterval;
      readonly interval95: ExhaustionInterval;
    };

/** Samples as (ms before the newest, distance left): the distance shrinks, whatever the direction. */
const distancesLeft = ({ samples, limit, direction }: Resource, newest: EpochMs): Point[] =>
  samples.map(({ at, value }) => ({
    at: elapsed(newest, at),
    value: direction === 'rising' ? limit - value : value - limit,
  }));

/**
 * What came since something was restarted, cleaned up or renewed.
 *
 * @param distance - from the limit, in any unit
 */
export const sinceLastReset = <T>(points: readonly T[], distance: (point: T) => number): readonly T[] => {
  const values = points.map(distance);
  const steps = values.map((value, i) => value - (values[i - 1] ?? value));
  const usualStep = quantile(
    steps.map(Math.abs).sort((a, b) => a - b),
    0.5,
  );
  const smallest = Math.max(RESET_SHARE * (Math.max(...values) - Math.min(...values)), RESET_STEPS * usualStep);
  const reset = steps.findLastIndex((step) => step > smallest);
  return reset === -1 ? points : points.slice(reset);
};

const thinOut = (points: readonly Point[]): readonly Point[] => {
  const step = Math.max(1, points.length / MAX_TREND_SAMPLES);
  const kept = Math.floor(points.length / step);
  return Array.from({ length: kept }, (_, i) => points[points.length - 1 - Math.floor(i * step)])
    .filter((point) => point !== undefined)
    .reverse();
};

/** Moment at which a distance left is used up at a speed (both per ms), null when the speed leads away. */
const moment = (newest: EpochMs, left: number, changePerMs: number): EpochMs | null => {
  if (changePerMs >= 0) return null;
  const wait = Math.max(0, left) / -changePerMs;
  return wait > 100 * 365 * 86_400_000 ? null : after(newest, durationMs(wait));
};

/** Both uncertainties at once: how fast it goes (range of the slope) and where it stands (spread around the line). */
const intervalOf = (trend: Trend, newest: EpochMs, coverage: keyof typeof Z): ExhaustionInterval => {
  const slopes = trend.slopeRange(Z[coverage]);
  const outside = (100 - coverage) / 200;
  const left = trend.valueAt(0);
  return {
    earliest: moment(newest, left + quantile(trend.residuals, outside), slopes.low),
    latest: moment(newest, left + quantile(trend.residuals, 1 - outside), slopes.high),
  };
};

/**
 * When a resource runs out if it goes on as since its last reset, with 80 % and 95 % intervals.
 *
 * A robust line (Theil-Sen) through the samples is extended to the limit; there is no forecast unless the line's slope
 * differs from standing still with 95 % confidence.
 *
 * @param resource - samples in order of time
 */
export const forecastExhaustion = (resource: Resource): ExhaustionForecast => {
  const newest = resource.samples.at(-1);
  if (newest === undefined) return { state: 'not_enough_data', samples: 0, needed: MIN_TREND_SAMPLES };
  const all = distancesLeft(resource, newest.at);
  if ((all.at(-1)?.value ?? 0) <= 0) return { state: 'exhausted' };
  const points = sinceLastReset(all, ({ value }) => value);
  if (points.length < MIN_TREND_SAMPLES) {
    return { state: 'not_enough_data', samples: points.length, needed: MIN_TREND_SAMPLES };
  }
  const trend = fitTrend(thinOut(points));
  const changePerHour = (resource.direction === 'rising' ? -1 : 1) * trend.slope * 3_600_000;
  const at = moment(newest.at, trend.valueAt(0), trend.slope);
  if (at === null || trend.slopeRange(Z[95]).high >= 0) return { state: 'no_trend', changePerHour };
  const began = points[0]?.at ?? 0;
  const leftThen = trend.valueAt(began);
  return {
    state: 'exhausting',
    from: {
      at: after(newest.at, durationMs(began)),
      value: resource.direction === 'rising' ? resource.limit - leftThen : resource.limit + leftThen,
    },
    at,
    timeLeft: elapsed(newest.at, at),
    changePerHour,
    interval80: intervalOf(trend, newest.at, 80),
    interval95: intervalOf(trend, newest.at, 95),
  };
};
