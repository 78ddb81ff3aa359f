import { holtWinters, seasonalNaive } from './holt-winters.ts';

/** Two seasons to learn from and one to be tested on. */
export const MIN_SEASONS = 3;
/** Seasons forecast in the back-test, at most: older ones say little about today's errors. */
const MAX_BACK_TESTS = 8;

const METHODS = { seasonal_naive: seasonalNaive, holt_winters: holtWinters } as const;
export type DemandMethod = keyof typeof METHODS;

/** A value with its prediction intervals, all in the history's unit. */
export interface DemandPoint {
  readonly value: number;
  readonly interval80: readonly [low: number, high: number];
  readonly interval95: readonly [low: number, high: number];
}

export type DemandForecast =
  | { readonly state: 'not_enough_data'; readonly samples: number; readonly needed: number }
  | {
      readonly state: 'forecast';
      /** The method with the smaller error in the back-test. */
      readonly method: DemandMethod;
      /** Mean absolute error per method, in the history's unit. */
      readonly backTestErrors: Readonly<Record<DemandMethod, number>>;
      readonly backTestedSeasons: number;
      /** One season, starting right after the history. */
      readonly points: readonly DemandPoint[];
    };

/** Fills holes with the value a season earlier, or the last one known; the back-test then measures what that costs. */
const fillHoles = (values: readonly (number | null)[], season: number): number[] => {
  const filled: number[] = [];
  const firstKnown = values.find((value) => value !== null) ?? 0;
  for (const [i, value] of values.entries()) filled.push(value ?? filled[i - season] ?? filled[i - 1] ?? firstKnown);
  return filled;
};

/** Errors of forecasting each of the last seasons from what was known before it. */
const backTest = (history: readonly number[], season: number, method: DemandMethod): number[] => {
  const errors: number[] = [];
  const seasons = Math.min(MAX_BACK_TESTS, Math.floor(history.length / season) - MIN_SEASONS + 1);
  for (let back = seasons; back >= 1; back -= 1) {
    const origin = history.length - back * season;
    const forecast = METHODS[method](history.slice(0, origin), season);
    for (const [step, value] of forecast.entries()) errors.push(Math.abs((history[origin + step] ?? value) - value));
  }
  return errors;
};

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Half width that covers a share of future errors if they come as in the back-test: the ceil((n + 1) share)-th smallest.
 *
 * @see Vovk, Gammerman, Shafer, Algorithmic Learning in a Random World (2005), split conformal prediction
 */
const conformalRadius = (sortedErrors: readonly number[], share: number): number =>
  sortedErrors[Math.min(sortedErrors.length, Math.ceil((sortedErrors.length + 1) * share)) - 1] ?? 0;

/**
 * Demand of the next season, by seasonal naive or Holt-Winters, whichever errs less in a rolling back-test.
 *
 * The intervals are conformal on the back-test's errors, so they cover what they promise without assuming a distribution.
 *
 * @param history - evenly spaced, oldest first; null where a sample is missing
 * @param season - samples per season (288 for a day of five minutes), at least 2
 * @throws RangeError when the season is not a whole number of at least 2
 */
export const forecastDemand = (history: readonly (number | null)[], season: number): DemandForecast => {
  if (!Number.isInteger(season) || season < 2) {
    throw new RangeError(`a season must be a whole number of at least 2 samples, got ${season}`);
  }
  const needed = MIN_SEASONS * season;
  const known = history.filter((value) => value !== null).length;
  if (history.length < needed || known < needed / 2) return { state: 'not_enough_data', samples: known, needed };
  const filled = fillHoles(history, season);
  const errors = {
    seasonal_naive: backTest(filled, season, 'seasonal_naive'),
    holt_winters: backTest(filled, season, 'holt_winters'),
  };
  const backTestErrors = { seasonal_naive: mean(errors.seasonal_naive), holt_winters: mean(errors.holt_winters) };
  const method = backTestErrors.holt_winters < backTestErrors.seasonal_naive ? 'holt_winters' : 'seasonal_naive';
  const sorted = errors[method].toSorted((a, b) => a - b);
  const around = (value: number, share: number): [number, number] => {
    const radius = conformalRadius(sorted, share);
    return [value - radius, value + radius];
  };
  return {
    state: 'forecast',
    method,
    backTestErrors,
    backTestedSeasons: errors[method].length / season,
    points: METHODS[method](filled, season).map((value) => ({
      value,
      interval80: around(value, 0.8),
      interval95: around(value, 0.95),
    })),
  };
};
