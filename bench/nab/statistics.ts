import type { Profile } from './data.ts';
import { bestThreshold, type ScoredSeries, scoreSeries, type SeriesResult, sweepThresholds, total } from './scoring.ts';

/** Small seeded generator (mulberry32): the same interval every time. */
const randomFrom = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
};

/** 95 % percentile interval of the normalised score over files drawn with replacement. */
export const bootstrapInterval = (
  results: readonly SeriesResult[],
  profile: Profile,
  { seed, draws = 2_000 }: { readonly seed: number; readonly draws?: number },
): readonly [low: number, high: number] => {
  const random = randomFrom(seed);
  const scores: number[] = [];
  while (scores.length < draws) {
    const drawn = results.map(() => results[Math.floor(random() * results.length)]).filter((one) => one !== undefined);
    const { score } = total(drawn, profile);
    if (score !== null) scores.push(score);
  }
  scores.sort((a, b) => a - b);
  return [scores[Math.floor(0.025 * draws)] ?? Number.NaN, scores[Math.ceil(0.975 * draws) - 1] ?? Number.NaN];
};

/** Each series at the threshold that is best for all the others: what a threshold chosen here is worth elsewhere. */
export const leaveOneOut = (all: readonly ScoredSeries[], profile: Profile): number | null => {
  const sweep = sweepThresholds(all, profile);
  const results = all.map((series, index) => scoreSeries(series, bestThreshold(sweep, index), profile));
  return total(results, profile).score;
};
