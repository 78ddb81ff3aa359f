import { REPEAT_FACTOR, priorBelief, type TriedAction } from '../learning/belief.ts';
import { ESCALATE } from '../learning/catalogue.ts';
import { planModelOf, type PlanModel } from '../learning/plan.ts';
import { PSEUDO_COUNTS, type Posterior } from '../learning/posterior.ts';
import { beta, type Random } from '../shared/sampling.ts';
import type { ModelPolicy, PromotionContext } from './policy.ts';

/** Everything that a policy would do in one incident: its choice, and what follows when it fails. */
export interface PolicyNode {
  /** Index in the posterior's actions; -1 for a person. */
  readonly action: number;
  /** How often it was tried before in this incident. */
  readonly repeats: number;
  readonly unchanged: PolicyNode | null;
  readonly worse: PolicyNode | null;
}

/** The policy's whole tree over the attempts; a choice that is not allowed stands as it is, and is counted elsewhere. */
export const policyTree = (
  policy: ModelPolicy,
  context: PromotionContext,
  { actions, maxAttempts }: { readonly actions: readonly string[]; readonly maxAttempts: number },
): PolicyNode => {
  const grow = (tried: readonly TriedAction[]): PolicyNode => {
    const chosen = tried.length < maxAttempts ? policy(context, tried) : ESCALATE;
    const action = chosen === ESCALATE ? -1 : actions.indexOf(chosen);
    if (action < 0) return { action: -1, repeats: 0, unchanged: null, worse: null };
    const repeats = tried.filter((one) => one.action === chosen).length;
    const after = (outcome: TriedAction['outcome']) => grow([...tried, { action: chosen, outcome }]);
    return { action, repeats, unchanged: after('unchanged'), worse: after('worse') };
  };
  return grow([]);
};

/** Whether two trees do the same, whatever comes. */
export const isSameTree = (one: PolicyNode | null, other: PolicyNode | null): boolean =>
  one === null || other === null
    ? one === other
    : one.action === other.action && isSameTree(one.unchanged, other.unchanged) && isSameTree(one.worse, other.worse);

/** Expected impact-minutes of a tree if one hypothesis is the cause. */
const costFor = (node: PolicyNode | null, f: number, model: PlanModel): number => {
  if (node === null || node.action < 0) return model.escalate[f] ?? 0;
  const cell = node.action * model.hypotheses + f;
  const cured = (model.cure[cell] ?? 0) * REPEAT_FACTOR ** node.repeats;
  const worsened = model.worsened[cell] ?? 0;
  const failed =
    (model.failCost[cell] ?? 0) +
    (worsened > 0 ? worsened * (model.worsenedCost + costFor(node.worse, f, model)) : 0) +
    (worsened < 1 ? (1 - worsened) * costFor(node.unchanged, f, model) : 0);
  return cured * (model.fixCost[cell] ?? 0) + (1 - cured) * failed;
};

/** Below this probability a hypothesis does not move a mean that anybody reads. */
const NEGLIGIBLE = 1e-4;

/** Expected impact-minutes of a tree under a belief. */
export const treeCost = (node: PolicyNode, belief: Float64Array, model: PlanModel): number => {
  let cost = 0;
  belief.forEach((probability, f) => {
    if (probability > NEGLIGIBLE) cost += probability * costFor(node, f, model);
  });
  return cost;
};

/** Observations that stand behind a Beta distribution with this mean and deviation, its prior included. */
const weightOf = (mean: number, deviation: number): number =>
  deviation > 0 ? Math.max((mean * (1 - mean)) / deviation ** 2 - 1, PSEUDO_COUNTS.cure) : PSEUDO_COUNTS.cure;

/**
 * Another world in which the same evidence could have been seen: every cure and worsening drawn from its Beta
 * distribution, the rest at its mean.
 */
export const drawnModel = (posterior: Posterior, random: Random): PlanModel =>
  planModelOf(
    {
      ...posterior,
      cure: posterior.cure.map((mean, cell) => beta(random, mean, weightOf(mean, posterior.cureDeviation[cell] ?? 0))),
      worsened: posterior.worsened.map((mean) => beta(random, mean, PSEUDO_COUNTS.worsened)),
    },
    0,
  );

/** Belief at the beginning of a context. */
export const contextBelief = (posterior: Posterior, context: PromotionContext): Float64Array => {
  if (context.label === null) return priorBelief(posterior, context.symptoms);
  const known = posterior.hypotheses.indexOf(context.label);
  return Float64Array.from(posterior.hypotheses, (_, f) => (f === known ? 1 : 0));
};
