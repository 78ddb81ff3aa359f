import type { PromotionTest } from '../contracts/model.ts';
import { updateBelief, type TriedAction } from '../learning/belief.ts';
import { planModelOf, type PlanModel } from '../learning/plan.ts';
import type { Posterior } from '../learning/posterior.ts';
import type { Random } from '../shared/sampling.ts';
import type { ModelPolicy, PromotionContext } from './policy.ts';
import { contextBelief, drawnModel, policyTree, treeCost, type PolicyNode } from './policy-tree.ts';

/** Bounds of the tests (LEARNING §5). */
export const PROMOTION = {
  /** Fewest contexts, and fewest coupled replays, on which anything is promoted. */
  leastSamples: 200,
  /** Fewest decisions in which a forbidden action is looked for. */
  fuzzedIncidents: 1_000,
  /** Worlds that are drawn from the evidence. */
  draws: 80,
  probabilityBetter: 0.95,
  /** Lower bound of the saving in coupled replays, relative to the champion's cost. */
  replaySaving: -0.1,
  /** Point estimate of the saving by the doubly robust estimator. */
  loggedSaving: -0.1,
  /** Observations below which a cell keeps what the champion knows. */
  thinEvidence: 3,
} as const;

/** Quantiles of the normal distribution: one-sided 95 % and 90 %. */
const Z95 = 1.6449;
const Z90 = 1.2816;

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard error of a mean; infinite for fewer than two values, from which nothing can be concluded. */
export const standardError = (values: readonly number[]): number => {
  if (values.length < 2) return Infinity;
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
};

const tooFew = (test: PromotionTest['test'], bound: number, samples: number, what: string): PromotionTest => ({
  test,
  passed: false,
  figure: null,
  bound,
  samples,
  detail: `needs ${PROMOTION.leastSamples} ${what}, there are ${samples}`,
});

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** Who is compared. */
export interface Contestants {
  readonly candidate: ModelPolicy;
  readonly champion: ModelPolicy;
}

/** What the judge believes about each tier: from the log, and from a prior that is not the candidate's own. */
export interface Judge {
  readonly posteriorOf: (tier: string) => Posterior;
  readonly maxAttempts: number;
}

interface Rehearsal {
  readonly tier: string;
  readonly belief: Float64Array;
  readonly candidate: PolicyNode;
  readonly champion: PolicyNode;
}

const rehearse = (contexts: readonly PromotionContext[], { candidate, champion }: Contestants, judge: Judge) =>
  contexts.map((context): Rehearsal => {
    const posterior = judge.posteriorOf(context.tier);
    const shape = { actions: posterior.actions, maxAttempts: judge.maxAttempts };
    return {
      tier: context.tier,
      belief: contextBelief(posterior, context),
      candidate: policyTree(candidate, context, shape),
      champion: policyTree(champion, context, shape),
    };
  });

/**
 * Probability that the candidate costs less, over worlds that the evidence leaves possible: what both would do in each
 * context is worked out once, and priced in each of the worlds.
 */
export const posteriorModelTest = (
  contexts: readonly PromotionContext[],
  contestants: Contestants,
  judge: Judge,
  random: Random,
): PromotionTest => {
  const bound = PROMOTION.probabilityBetter;
  if (contexts.length < PROMOTION.leastSamples) {
    return tooFew('posteriorModel', bound, contexts.length, 'logged or injected incidents');
  }
  const rehearsals = rehearse(contexts, contestants, judge);
  const tiers = [...new Set(rehearsals.map(({ tier }) => tier))];
  let better = 0;
  for (let draw = 0; draw < PROMOTION.draws; draw++) {
    const worlds = new Map(tiers.map((tier) => [tier, drawnModel(judge.posteriorOf(tier), random)]));
    let saving = 0;
    for (const { tier, belief, candidate, champion } of rehearsals) {
      const world = worlds.get(tier) as PlanModel;
      saving += treeCost(champion, belief, world) - treeCost(candidate, belief, world);
    }
    if (saving > 1e-9) better += 1;
  }
  const figure = better / PROMOTION.draws;
  return {
    test: 'posteriorModel',
    passed: figure >= bound,
    figure,
    bound,
    samples: contexts.length,
    detail: `costs less than the champion in ${percent(figure)} of the worlds that the evidence leaves possible; at least ${percent(bound)}`,
  };
};

/** One incident met by both with the same luck; costs in impact-minutes, harm in actions that made it worse. */
export interface CoupledReplay {
  readonly candidateCost: number;
  readonly championCost: number;
  readonly candidateHarm: number;
  readonly championHarm: number;
}

/** Lower bound (one-sided 95 %) of the candidate's saving over coupled replays, relative to the champion's cost. */
export const coupledReplayTest = (replays: readonly CoupledReplay[]): PromotionTest => {
  const bound = PROMOTION.replaySaving;
  const samples = replays.length;
  if (samples < PROMOTION.leastSamples) return tooFew('coupledReplay', bound, samples, 'coupled replays');
  const savings = replays.map(({ candidateCost, championCost }) => championCost - candidateCost);
  const base = mean(replays.map(({ championCost }) => championCost));
  const figure = base > 0 ? (mean(savings) - Z95 * standardError(savings)) / base : -Infinity;
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

/** What really happened in an incident, step by step. */
export interface LoggedIncident {
  readonly context: PromotionContext;
  readonly steps: readonly {
    readonly action: string;
    readonly recovered: boolean;
    readonly worse: boolean;
    /** Impact-minutes. */
    readonly cost: number;
    readonly propensity: number;
  }[];
  /** Impact-minutes of the person who ended it; null when an action did. */
  readonly personCost: number | null;
}

/** Weights are cut at five (truncated importance weights, Ionides 2008): one lucky incident must not outweigh a hundred. */
const LEAST_PROPENSITY = 0.2;

/**
 * Doubly robust estimate of a policy's cost in one logged incident: the model's expectation, corrected by what really
 * happened for as long as the policy would have done the same.
 *
 * @param model - fitted without this incident
 * @see Jiang and Li, Doubly Robust Off-policy Value Evaluation (2016), with costs in place of rewards
 */
export const doublyRobustCost = (
  policy: ModelPolicy,
  { context, steps, personCost }: LoggedIncident,
  judge: Judge,
  modelOf: (tier: string) => PlanModel,
): number => {
  const posterior = judge.posteriorOf(context.tier);
  const model = modelOf(context.tier);
  const shape = { actions: posterior.actions, maxAttempts: judge.maxAttempts };
  const onset = contextBelief(posterior, context);
  const from = (node: PolicyNode | null, index: number): number => {
    if (node === null) return personCost ?? 0;
    const tried = steps.slice(0, index).map(({ action, worse }): TriedAction => ({
      action,
      outcome: worse ? 'worse' : 'unchanged',
    }));
    const expected = treeCost(node, updateBelief(posterior, onset, tried), model);
    const step = steps[index];
    if (step === undefined) return node.action < 0 && personCost !== null ? personCost : expected;
    if (posterior.actions[node.action] !== step.action) return expected;
    const rest = step.recovered ? 0 : from(step.worse ? node.worse : node.unchanged, index + 1);
    return expected + (step.cost + rest - expected) / Math.max(step.propensity, LEAST_PROPENSITY);
  };
  return from(policyTree(policy, context, shape), 0);
};

/** The saving that the log itself speaks of; a point estimate, with the model and the log as two witnesses. */
export const doublyRobustTest = (
  folds: readonly { readonly incidents: readonly LoggedIncident[]; readonly judge: Judge }[],
  { candidate, champion }: Contestants,
): PromotionTest => {
  const bound = PROMOTION.loggedSaving;
  const samples = folds.reduce((sum, { incidents }) => sum + incidents.length, 0);
  if (samples < PROMOTION.leastSamples) return tooFew('doublyRobust', bound, samples, 'logged incidents');
  const costs = { candidate: 0, champion: 0 };
  for (const { incidents, judge } of folds) {
    const models = new Map<string, PlanModel>();
    const modelOf = (tier: string): PlanModel => {
      const model = models.get(tier) ?? planModelOf(judge.posteriorOf(tier), 0);
      models.set(tier, model);
      return model;
    };
    for (const incident of incidents) {
      costs.candidate += doublyRobustCost(candidate, incident, judge, modelOf);
      costs.champion += doublyRobustCost(champion, incident, judge, modelOf);
    }
  }
  const figure = costs.champion > 0 ? 1 - costs.candidate / costs.champion : -1;
  return {
    test: 'doublyRobust',
    passed: figure >= bound,
    figure,
    bound,
    samples,
    detail: `saves ${percent(figure)} by the log of what was really done; at least ${percent(bound)}`,
  };
};
