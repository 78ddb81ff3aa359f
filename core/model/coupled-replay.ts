import type { PromotionTest } from '../contracts/model.ts';
import { PROMOTION, mean, percent, standardError, tooFew } from './promotion-tests.ts';

/** Quantiles of the normal distribution: one-sided 95 % and 90 %. */
const Z95 = 1.6449;
const Z90 = 1.2816;

/** One incident met by both with the same luck; costs in impact-minutes, harm in actions that made it worse. */
export interface CoupledReplay {
  readonly candidateCost: number;
  readonly championCost: number;
  readonly candidateHarm: number;
  readonly championHarm: number;
}

/** Lower bound of the saving at a quantile of the normal distribution, relative to the champion's cost. */
const leastSaving = (replays: readonly CoupledReplay[], quantile: number): number => {
  const savings = replays.map(({ candidateCost, championCost }) => championCost - candidateCost);
  const base = mean(replays.map(({ championCost }) => championCost));
  return base > 0 ? (mean(savings) - quantile * standardError(savings)) / base : -Infinity;
};

/** Lower bound (one-sided 95 %) of the candidate's saving over coupled replays, relative to the champion's cost. */
export const coupledReplayTest = (replays: readonly CoupledReplay[]): PromotionTest => {
  const bound = PROMOTION.replaySaving;
  const samples = replays.length;
  if (samples < PROMOTION.leastSamples) return tooFew('coupledReplay', bound, samples, 'coupled replays');
  const figure = leastSaving(replays, Z95);
  return {
    test: 'coupledReplay',
    passed: figure > bound,
    figure: Number.isFinite(figure) ? figure : null,
    bound,
    samples,
    detail: `saves at least ${percent(figure)} of the champion's cost (95 % lower bound); more than ${percent(bound)}`,
  };
};

/** Whether the candidate makes things worse more often, as far as coupled replays can tell (one-sided 90 %). */
export const harmTest = (replays: readonly CoupledReplay[]): PromotionTest => {
  const samples = replays.length;
  if (samples < PROMOTION.leastSamples) return tooFew('harm', 0, samples, 'coupled replays');
  const more = replays.map(({ candidateHarm, championHarm }) => candidateHarm - championHarm);
  const least = mean(more) - Z90 * standardError(more);
  return {
    test: 'harm',
    passed: least <= 0,
    figure: 100 * mean(more),
    bound: 0,
    samples,
    detail: `${(100 * mean(more)).toFixed(1)} more harmful actions per 100 incidents (90 % lower bound ${(100 * least).toFixed(1)}); must not be above 0`,
  };
};

/**
 * When replays are asked whether they prove a saving, and how often each look may be wrong about a candidate that saves
 * nothing.
 *
 * Who looks at growing data every day sometime sees what is not there. So there are few looks, each at a fixed number of
 * incidents, and their errors add up to 5 % (Bonferroni's bound over a group-sequential test; the exact bounds of O'Brien
 * and Fleming 1979 take a multivariate normal distribution, and save a tenth of the replays). Later looks may err more:
 * small savings are decided there.
 */
export const LOOKS = [
  { replays: 200, error: 0.01, quantile: 2.3263 },
  { replays: 400, error: 0.015, quantile: 2.1701 },
  { replays: 800, error: 0.025, quantile: 1.96 },
] as const;

/** What coupled replays prove without any model. */
export interface Proof {
  readonly look: (typeof LOOKS)[number];
  /** Incidents that were replayed: those of the look, less what cannot be. */
  readonly replays: number;
  /** Lower bound of the saving, relative to the champion's cost. */
  readonly atLeast: number;
}

/**
 * What the latest look shows.
 *
 * @param replayable - incidents that can be replayed so far
 * @param replaysOf - replays of the first so many of them: the same whenever the look is taken, so that another day is no
 *   other chance
 * @returns null before the first look, where too few can be replayed, and while the bound is not above zero
 */
export const proofOf = (replayable: number, replaysOf: (first: number) => readonly CoupledReplay[]): Proof | null => {
  const look = LOOKS.findLast(({ replays }) => replays <= replayable);
  if (look === undefined) return null;
  const replays = replaysOf(look.replays);
  if (replays.length < PROMOTION.leastSamples) return null;
  const atLeast = leastSaving(replays, look.quantile);
  return atLeast > 0 ? { look, replays: replays.length, atLeast } : null;
};
