import type { PromotionTest } from '../contracts/model.ts';
import { updateBelief, type TriedAction } from '../learning/belief.ts';
import { planModelOf, type PlanModel } from '../learning/plan.ts';
import type { Posterior } from '../learning/posterior.ts';
import type { Random } from '../shared/sampling.ts';
import type { Proof } from './coupled-replay.ts';
import type { ModelPolicy, PromotionContext } from './policy.ts';
import { contextBelief, drawnModel, isSameTree, policyTree, treeCost, type PolicyNode } from './policy-tree.ts';

/** Bounds of the tests (decision 0027). */
export const PROMOTION = {
  /** Fewest contexts, and fewest coupled replays, on which anything is promoted. */
  leastSamples: 200,
  /** Fewest decisions in which a forbidden action is looked for. */
  fuzzedIncidents: 1_000,
  /** Worlds that are drawn from the evidence. */
  draws: 80,
  probabilityBetter: 0.95,
  /** The same where replays alone have proved a saving: the model must not contradict them. */
  probabilityNotContradicted: 0.5,
  /** Lower bound of the saving in coupled replays, relative to the champion's cost. */
  replaySaving: -0.1,
  /** Point estimate of the saving by the doubly robust estimator. */
  loggedSaving: -0.1,
  /** Observations below which a cell keeps what the champion knows. */
  thinEvidence: 3,
} as const;

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** Standard error of a mean; infinite for fewer than two values, from which nothing can be concluded. */
export const standardError = (values: readonly number[]): number => {
  if (values.length < 2) return Infinity;
  const centre = mean(values);
  const variance = values.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (values.length - 1);
  return Math.sqrt(variance / values.length);
};

/** A test that has too little to go by is not passed. */
export const tooFew = (test: PromotionTest['test'], bound: number, samples: number, what: string): PromotionTest => ({
  test,
  passed: false,
  figure: null,
  bound,
  samples,
  detail: `needs ${PROMOTION.leastSamples} ${what}, there are ${samples}`,
});

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

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

/** The contexts in which the two would not do the same; in the others they cost the same, in every world. */
const disagreements = (contexts: readonly PromotionContext[], contestants: Contestants, judge: Judge): Rehearsal[] =>
  contexts.flatMap((context): Rehearsal[] => {
    const posterior = judge.posteriorOf(context.tier);
    const shape = { actions: posterior.actions, maxAttempts: judge.maxAttempts };
    const candidate = policyTree(contestants.candidate, context, shape);
    const champion = policyTree(contestants.champion, context, shape);
    if (isSameTree(candidate, champion)) return [];
    return [{ tier: context.tier, belief: contextBelief(posterior, context), candidate, champion }];
  });

/**
 * Probability that the candidate costs less, over worlds that the evidence leaves possible: what both would do in each
 * context is worked out once, and priced in each of the worlds.
 *
 * @param proof - what replays have shown without any model: then the model need not show it as well
 */
export const posteriorModelTest = (
  contexts: readonly PromotionContext[],
  contestants: Contestants,
  judge: Judge,
  { random, proof }: { readonly random: Random; readonly proof: Proof | null },
): PromotionTest => {
  const bound = proof === null ? PROMOTION.probabilityBetter : PROMOTION.probabilityNotContradicted;
  if (contexts.length < PROMOTION.leastSamples) {
    return tooFew('posteriorModel', bound, contexts.length, 'logged or injected incidents');
  }
  const figure = probabilityBetter(disagreements(contexts, contestants, judge), judge, random);
  const alone =
    proof === null
      ? ''
      : `, for ${proof.replays} coupled replays alone prove a saving of at least ${percent(proof.atLeast)}`;
  return {
    test: 'posteriorModel',
    passed: figure >= bound,
    figure,
    bound,
    samples: contexts.length,
    detail: `costs less than the champion in ${percent(figure)} of the worlds that the evidence leaves possible; at least ${percent(bound)}${alone}`,
  };
};

/** Share of the drawn worlds in which the candidate costs less. */
const probabilityBetter = (rehearsals: readonly Rehearsal[], judge: Judge, random: Random): number => {
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
  return better / PROMOTION.draws;
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
