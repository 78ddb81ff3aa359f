import { randomOf } from './random.ts';

/** An estimate with its 95 % interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 1_000;

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/**
 * Bootstrap over worlds: incidents of one world share its luck, so a world is drawn whole.
 *
 * @param statistic - of a list of world indexes, repetitions included
 */
export const bootstrap = (worlds: number, statistic: (indexes: readonly number[]) => number): Estimate => {
  const random = randomOf(worlds, 77);
  const all = Array.from({ length: worlds }, (_, index) => index);
  const draws = Array.from({ length: RESAMPLES }, () => statistic(all.map(() => Math.floor(random() * worlds))));
  const sorted = draws.filter(Number.isFinite).sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(Math.floor(share * sorted.length), sorted.length - 1)] ?? NaN;
  return { value: statistic(all), low: at(0.025), high: at(0.975) };
};

/** Relative difference of two totals, given per world: -0.1 is ten per cent less than the base. */
export const relativeChange = (values: readonly number[], base: readonly number[]): Estimate =>
  bootstrap(
    values.length,
    (indexes) => sum(indexes.map((i) => values[i] ?? 0)) / sum(indexes.map((i) => base[i] ?? 0)) - 1,
  );

/** Difference of two means, given per world. */
export const meanDifference = (values: readonly number[], base: readonly number[]): Estimate =>
  bootstrap(values.length, (indexes) => sum(indexes.map((i) => (values[i] ?? 0) - (base[i] ?? 0))) / indexes.length);

/** One bin of a reliability diagram. */
export interface CalibrationBin {
  readonly predicted: number;
  readonly observed: number;
  readonly count: number;
}

/** Predicted probabilities against what happened, in ten bins of equal width. */
export const calibration = (
  pairs: readonly (readonly [predicted: number, happened: boolean])[],
): readonly CalibrationBin[] =>
  Array.from({ length: 10 }, (_, bin) => {
    const inside = pairs.filter(([predicted]) => Math.min(Math.floor(predicted * 10), 9) === bin);
    const count = inside.length;
    return {
      count,
      predicted: count === 0 ? 0 : sum(inside.map(([predicted]) => predicted)) / count,
      observed: count === 0 ? 0 : inside.filter(([, happened]) => happened).length / count,
    };
  });

/** Expected calibration error: mean distance of prediction and frequency, weighted by the bins' counts. */
export const calibrationError = (bins: readonly CalibrationBin[]): number =>
  sum(bins.map(({ predicted, observed, count }) => count * Math.abs(predicted - observed))) /
  sum(bins.map(({ count }) => count));

/** Slope of the least-squares line of y over x: 1 if predictions are right on average at every level. */
export const slope = (pairs: readonly (readonly [x: number, y: number])[]): number => {
  const [mx, my] = [sum(pairs.map(([x]) => x)) / pairs.length, sum(pairs.map(([, y]) => y)) / pairs.length];
  return sum(pairs.map(([x, y]) => (x - mx) * (y - my))) / sum(pairs.map(([x]) => (x - mx) ** 2));
};
