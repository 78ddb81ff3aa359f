/** How fast each part follows the newest value, 0 to 1. */
export interface Smoothing {
  readonly level: number;
  readonly trend: number;
  readonly season: number;
}

/** The trend loses 2 % per step: over a season of hundreds of steps an undamped one runs away. */
const TREND_DAMPING = 0.98;

/** Small enough to try on every back-test, wide enough for slow and fast metrics. */
const SMOOTHINGS: readonly Smoothing[] = [0.05, 0.2, 0.5].flatMap((level) =>
  [0, 0.01, 0.1].flatMap((trend) => [0.05, 0.2, 0.5].map((season) => ({ level, trend, season }))),
);

interface Fit {
  readonly forecast: readonly number[];
  /** Mean squared error of forecasting one step ahead, after the first two seasons. */
  readonly error: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

const run = (history: readonly number[], season: number, smoothing: Smoothing): Fit => {
  const first = mean(history.slice(0, season));
  let level = first;
  let trend = 0;
  const seasonal = history.slice(0, season).map((value) => value - first);
  let squared = 0;
  for (const [t, value] of history.entries()) {
    if (t < season) continue;
    const phase = t % season;
    const usual = seasonal[phase] ?? 0;
    const expected = level + TREND_DAMPING * trend;
    if (t >= 2 * season) squared += (value - expected - usual) ** 2;
    const before = level;
    level = expected + smoothing.level * (value - usual - expected);
    trend = TREND_DAMPING * trend + smoothing.trend * (level - before - TREND_DAMPING * trend);
    seasonal[phase] = usual + smoothing.season * (value - level - usual);
  }
  let drift = 0;
  const forecast = Array.from({ length: season }, (_, step) => {
    drift += trend * TREND_DAMPING ** (step + 1);
    return level + drift + (seasonal[(history.length + step) % season] ?? 0);
  });
  return { forecast, error: squared / Math.max(1, history.length - 2 * season) };
};

/**
 * Additive Holt-Winters with a damped trend: the next season from level, trend and a value per phase of the season.
 *
 * The smoothing with the least one-step error on the history is used.
 *
 * @param history - evenly spaced, oldest first, at least two seasons
 * @returns one season, in the history's unit
 * @see Winters, Forecasting Sales by Exponentially Weighted Moving Averages (1960)
 * @see Gardner and McKenzie, Forecasting Trends in Time Series (1985), for the damping
 */
export const holtWinters = (history: readonly number[], season: number): readonly number[] => {
  const fits = SMOOTHINGS.map((smoothing) => run(history, season, smoothing));
  return fits.reduce((best, fit) => (fit.error < best.error ? fit : best)).forecast;
};

/** The season before, again. */
export const seasonalNaive = (history: readonly number[], season: number): readonly number[] => history.slice(-season);
