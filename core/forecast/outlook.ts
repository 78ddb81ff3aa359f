import type { Forecast, ForecastOf } from '../contracts/forecast.ts';
import type { ForecastSettings, MetricRole } from '../contracts/workload.ts';
import { median } from '../evidence/metric-summary.ts';
import type { Sample } from '../shared/ports.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import { after, durationMs, elapsed, formatDuration, fromIso, isLonger, seconds, toIso } from '../shared/units.ts';
import type { DemandForecast } from './demand.ts';
import { type ExhaustionForecast, type ExhaustionInterval, forecastExhaustion, sinceLastReset } from './exhaustion.ts';
import { fitTrend } from './trend.ts';

/** What runs out, and at which value: percent of what there is. */
export const EXHAUSTIBLE: Readonly<Partial<Record<MetricRole, number>>> = {
  memoryUtilization: 100,
  poolUtilization: 100,
};

/** Newest samples in which a trend is looked for, the longest stretch first: a leak of today must not drown in a calm week. */
const STRETCHES = [180, 60, 16] as const;
/** Samples that a look at what runs out needs. */
export const TREND_SAMPLES = STRETCHES[0];
/** Less of the limit than this is breathing, not a trend. */
const LEAST_MOVEMENT = 0.1;

/** How strictly a forecast is judged. Once announced it stands until it is clearly gone, or it would come and go. */
interface Strictness {
  /** Times the horizon. */
  readonly horizon: number;
  /** Times as long as the trend has been seen, a line may be extended. */
  readonly reach: number;
  /** Slope of the newer half in relation to the whole: what warms up slows down, what leaks does not. */
  readonly persistence: number;
}
const TO_ANNOUNCE: Strictness = { horizon: 1, reach: 3, persistence: 0.7 };
const TO_STAND: Strictness = { horizon: 1.5, reach: 5, persistence: 0.4 };

type Exhausting = Extract<ExhaustionForecast, { readonly state: 'exhausting' }>;

/**
 * Whether a resource runs out within the horizon, as far as that can be said with nine in ten.
 *
 * @param samples - of one role, oldest first, complete periods only
 * @param announced - whether somebody was told already: then smaller doubts do not take it back
 * @returns null when it does not, or nobody can say
 */
export const foreseeExhaustion = (
  role: MetricRole,
  samples: readonly Sample[],
  horizonSeconds: number,
  announced = false,
): ForecastOf<'exhaustion'> | null => {
  const limit = EXHAUSTIBLE[role];
  const newest = samples.at(-1);
  if (limit === undefined || newest === undefined) return null;
  const strictness = announced ? TO_STAND : TO_ANNOUNCE;
  const recent = sinceLastReset(samples.slice(-TREND_SAMPLES), ({ value }) => limit - value);
  for (const length of STRETCHES) {
    const stretch = recent.slice(-length);
    // It was as high before and came down by itself: it breathes.
    if (!announced && recent.slice(0, -length).some(({ value }) => value > newest.value - (LEAST_MOVEMENT / 2) * limit))
      continue;
    const forecast = forecastExhaustion({ samples: stretch, limit, direction: 'rising' });
    if (forecast.state !== 'exhausting' || !isSure(forecast, stretch, limit, horizonSeconds, strictness)) continue;
    return {
      kind: 'exhaustion',
      role,
      madeAt: toIso(newest.at),
      from: forecast.from.value,
      current: newest.value,
      limit,
      changePerHour: forecast.changePerHour,
      at: toIso(forecast.at),
      interval80: isoRange(forecast.interval80),
      interval95: isoRange(forecast.interval95),
    };
  }
  return null;
};

const isSure = (
  { from, interval80, timeLeft, changePerHour }: Exhausting,
  stretch: readonly Sample[],
  limit: number,
  horizonSeconds: number,
  { horizon, reach, persistence }: Strictness,
): boolean => {
  const newest = stretch.at(-1) ?? { at: from.at, value: from.value };
  if (interval80.latest === null) return false;
  if (isLonger(elapsed(newest.at, interval80.latest), durationMs(seconds(horizonSeconds) * horizon))) return false;
  if (isLonger(timeLeft, durationMs(elapsed(from.at, newest.at) * reach))) return false;
  if (newest.value - from.value < LEAST_MOVEMENT * limit) return false;
  const trend = stretch.filter(({ at }) => at >= from.at);
  const newer = trend.slice(Math.floor(trend.length / 2)).map(({ at, value }) => ({ at: elapsed(from.at, at), value }));
  return fitTrend(newer).slope * 3_600_000 >= persistence * changePerHour;
};

const isoRange = ({ earliest, latest }: ExhaustionInterval) => ({
  earliest: earliest === null ? null : toIso(earliest),
  latest: latest === null ? null : toIso(latest),
});

export interface DemandOutlook {
  readonly forecast: DemandForecast;
  /** When the first forecast step begins, and how long each is. */
  readonly from: EpochMs;
  readonly step: DurationMs;
  /** Tasks that run now. */
  readonly running: number;
  readonly now: EpochMs;
}

/** Whether the demand of the next season passes what the running tasks serve, with nine in ten, within the horizon. */
export const foreseeDemand = (
  { forecast, from, step, running, now }: DemandOutlook,
  { horizonSeconds, requestsPerTask }: ForecastSettings,
): ForecastOf<'demand'> | null => {
  if (forecast.state !== 'forecast' || requestsPerTask === null) return null;
  const end = after(now, seconds(horizonSeconds));
  const ahead = forecast.points
    .map((point, index) => ({ ...point, at: after(from, durationMs(index * step)) }))
    .filter(({ at }) => at >= now && at <= end);
  const capacity = running * requestsPerTask;
  const first = ahead.find(({ interval80: [low] }) => low > capacity);
  if (first === undefined) return null;
  const peak = ahead.reduce((highest, point) => (point.value > highest.value ? point : highest), first);
  return {
    kind: 'demand',
    role: 'requestCount',
    madeAt: toIso(now),
    at: toIso(first.at),
    peak: peak.value,
    interval80: { low: peak.interval80[0], high: peak.interval80[1] },
    interval95: { low: peak.interval95[0], high: peak.interval95[1] },
    capacity,
    capacityPerTask: requestsPerTask,
    method: forecast.method,
  };
};

export interface Present {
  /** Samples of the forecast's role, oldest first, as long back as {@link TREND_SAMPLES}. */
  readonly samples: readonly Sample[];
  /** Tasks that run; null when that could not be seen. */
  readonly running: number | null;
  readonly horizonSeconds: number;
}

/**
 * Whether what was foreseen is still ahead, on what is measured now.
 *
 * @returns null when it is not: the trend is broken, or there is headroom again; else why it is, in words
 */
export const stillAhead = (forecast: Forecast, { samples, running, horizonSeconds }: Present): string | null => {
  if (forecast.kind === 'demand') {
    if (running === null) return 'the number of running tasks could not be read';
    const capacity = running * forecast.capacityPerTask;
    return capacity >= forecast.interval80.low ? null : describeForecast({ ...forecast, capacity });
  }
  const now = median(samples.slice(-3).map(({ value }) => value));
  if (now === null) return `no sample of ${forecast.role} yet`;
  if (now <= (forecast.from + forecast.current) / 2) return null;
  const again = foreseeExhaustion(forecast.role, samples, horizonSeconds, true);
  return again === null ? null : describeForecast(again);
};

const WHAT: Readonly<Partial<Record<MetricRole, string>>> = {
  memoryUtilization: 'memory',
  poolUtilization: 'the connection pool',
};

/** A forecast in a clause, with its 80 % interval: `memory is going to be used up in 28 s (80 %: 25 s to 32 s)`. */
export const describeForecast = (forecast: Forecast): string => {
  const madeAt = fromIso(forecast.madeAt);
  if (forecast.kind === 'demand') {
    const { peak, interval80, capacity } = forecast;
    return (
      `demand is going to reach ${round(peak)} requests per period (80 %: ${round(interval80.low)} to ` +
      `${round(interval80.high)}), from ${span(madeAt, forecast.at)} on; the tasks serve ${round(capacity)}`
    );
  }
  const range = `${span(madeAt, forecast.interval80.earliest)} to ${span(madeAt, forecast.interval80.latest)}`;
  const what = WHAT[forecast.role] ?? forecast.role;
  return `${what} is going to be used up in ${span(madeAt, forecast.at)} (80 %: ${range}), now ${round(forecast.current)} %`;
};

/** The wider interval, for those who want to know how sure it is. */
export const describeDoubt = (forecast: Forecast): string => {
  if (forecast.kind === 'demand') return `${round(forecast.interval95.low)} to ${round(forecast.interval95.high)}`;
  const madeAt = fromIso(forecast.madeAt);
  return `${span(madeAt, forecast.interval95.earliest)} to ${span(madeAt, forecast.interval95.latest)}`;
};

const round = (value: number): number => Number(value.toPrecision(3));
const span = (from: EpochMs, to: string | null): string =>
  to === null ? 'never' : formatDuration(durationMs(Math.max(0, elapsed(from, fromIso(to)))));

/** How urgent a forecast is, in the unit of the issue threshold: 50 at the horizon, 90 when it is there. */
export const urgencyOf = (forecast: Forecast, horizonSeconds: number): number => {
  const left = elapsed(fromIso(forecast.madeAt), fromIso(forecast.at)) / seconds(horizonSeconds);
  return Math.round(90 - 40 * Math.min(1, Math.max(0, left)));
};
