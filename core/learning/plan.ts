import { REPEAT_FACTOR } from './belief.ts';
import type { Posterior } from './posterior.ts';

/** No action is tried more often than this in one incident. */
export const MAX_SAME_ACTION = 2;

/** Attempts that are looked ahead at most; what lies beyond is valued as an escalation. */
const HORIZON = 3;

/** An optimistic cure probability stays below certainty. */
const MOST_OPTIMISTIC = 0.99;

/**
 * Costs and chances per cell (hypothesis f, action a), as the planner multiplies them. Stored by action: cell (a, f) at
 * `a * hypotheses + f`, because the planner's inner loop runs over hypotheses.
 */
export interface PlanModel {
  readonly hypotheses: number;
  readonly actions: number;
  readonly cure: Float64Array;
  readonly worsened: Float64Array;
  /** Impact-minutes if the action cures, relapse included. */
  readonly fixCost: Float64Array;
  /** Impact-minutes if it does not, without the damage of making it worse. */
  readonly failCost: Float64Array;
  /** Impact-minutes of one worsening. */
  readonly worsenedCost: number;
  /** Impact-minutes of handing over to a person, per hypothesis. */
  readonly escalate: Float64Array;
}

/**
 * Turns probabilities into costs, in impact-minutes: minutes times the share of users' requests that suffer.
 *
 * @param optimism - standard deviations by which cures are believed more likely than their mean: unknown actions get tried
 */
export const planModelOf = (posterior: Posterior, optimism: number): PlanModel => {
  const { costs, actions } = posterior.catalogue;
  const hypotheses = posterior.hypotheses.length;
  const matrix = () => new Float64Array(actions.length * hypotheses);
  const [cure, worsened, fixCost, failCost] = [matrix(), matrix(), matrix(), matrix()];
  const at = (values: Float64Array, index: number): number => values[index] ?? 0;
  actions.forEach(({ cost }, a) => {
    for (let f = 0; f < hypotheses; f++) {
      const from = f * actions.length + a;
      const to = a * hypotheses + f;
      const impact = at(posterior.impact, f);
      const hopeful = at(posterior.cure, from) + optimism * at(posterior.cureDeviation, from);
      cure[to] = Math.min(hopeful, Math.max(MOST_OPTIMISTIC, at(posterior.cure, from)));
      worsened[to] = at(posterior.worsened, from);
      fixCost[to] = impact * (at(posterior.fixMinutes, from) + at(posterior.relapse, from) * costs.relapse) + cost;
      failCost[to] = impact * at(posterior.verifyMinutes, from) + cost;
    }
  });
  const escalate = posterior.impact.map((impact) => impact * costs.escalationMinutes + costs.escalationCost);
  return {
    hypotheses,
    actions: actions.length,
    cure,
    worsened,
    fixCost,
    failCost,
    worsenedCost: costs.worsened,
    escalate,
  };
};

/** Where an incident stands when the next action is to be chosen. */
export interface PlanState {
  /** P(hypothesis); sums to 1. */
  readonly belief: Float64Array;
  /** Indexes of the actions that the masks leave; no other is ever looked at, neither now nor further ahead. */
  readonly usable: readonly number[];
  /** Per action: how often it was tried in this incident. */
  readonly tries: readonly number[];
  /** Attempts left, this one included. */
  readonly attemptsLeft: number;
}

/** Expected remaining cost in impact-minutes. */
export interface PlanValues {
  /** Per usable action, in the order of `usable`. */
  readonly actions: readonly number[];
  readonly escalate: number;
}

/**
 * Expected remaining cost of each usable action, when the best is done afterwards: exact look-ahead over at most three
 * attempts, branching on cured / unchanged / worse. This is the fixed point that Q-learning with full replay of the same
 * evidence would reach (discount 1, horizon 3).
 *
 * Beliefs inside are not normalised: the weight of a branch is its probability times its belief, and values are linear in it.
 *
 * @param onlyBest - the least value is all that is needed: other actions' values may be too low then, yet not below it
 */
export const planValues = (model: PlanModel, state: PlanState, onlyBest = false): PlanValues => {
  const { hypotheses, cure, worsened, fixCost, failCost, worsenedCost, escalate } = model;
  const tries = [...state.tries];
  const buffers = Array.from({ length: HORIZON * 2 }, () => new Float64Array(hypotheses));

  /** What each hypothesis costs at least, whatever is done: a bound for what cannot be better. */
  const cheapest = escalate.map((cost, f) =>
    state.usable.reduce((least, a) => Math.min(least, fixCost[a * hypotheses + f] as number), cost),
  );

  const handOver = (belief: Float64Array): number => {
    let cost = 0;
    for (let f = 0; f < hypotheses; f++) cost += (belief[f] as number) * (escalate[f] as number);
    return cost;
  };

  /** Last attempt: if it fails, a person is called; no need to tell the two ways of failing apart. */
  const lastAttempt = (belief: Float64Array, a: number): number => {
    const damping = REPEAT_FACTOR ** (tries[a] as number);
    let cost = 0;
    for (let f = 0, cell = a * hypotheses; f < hypotheses; f++, cell++) {
      const p = (cure[cell] as number) * damping;
      const failed = (failCost[cell] as number) + (worsened[cell] as number) * worsenedCost + (escalate[f] as number);
      cost += (belief[f] as number) * (p * (fixCost[cell] as number) + (1 - p) * failed);
    }
    return cost;
  };

  /** Gives up as soon as it cannot be less than `bound`; what it returns then is not less than `bound` either. */
  const actionValue = (belief: Float64Array, a: number, left: number, bound: number): number => {
    if (left === 1) return lastAttempt(belief, a);
    const damping = REPEAT_FACTOR ** (tries[a] as number);
    const unchanged = buffers[2 * left - 2] as Float64Array;
    const worse = buffers[2 * left - 1] as Float64Array;
    let cost = 0;
    let rest = 0;
    for (let f = 0, cell = a * hypotheses; f < hypotheses; f++, cell++) {
      const weight = belief[f] as number;
      const p = (cure[cell] as number) * damping;
      const failed = weight * (1 - p);
      const harmed = failed * (worsened[cell] as number);
      cost += weight * p * (fixCost[cell] as number) + failed * (failCost[cell] as number) + harmed * worsenedCost;
      rest += failed * (cheapest[f] as number);
      unchanged[f] = failed - harmed;
      worse[f] = harmed;
    }
    if (cost + rest >= bound) return cost + rest;
    tries[a] = (tries[a] as number) + 1;
    cost += bestValue(unchanged, left - 1);
    if (cost < bound) cost += bestValue(worse, left - 1);
    tries[a] = (tries[a] as number) - 1;
    return cost;
  };

  const bestValue = (belief: Float64Array, left: number): number => {
    let best = handOver(belief);
    for (const a of promising) {
      if ((tries[a] as number) < MAX_SAME_ACTION) best = Math.min(best, actionValue(belief, a, left, best));
    }
    return best;
  };

  // Good ones first: the sooner a good bound is found, the more of the tree need not be looked at.
  const single = new Map(state.usable.map((a) => [a, lastAttempt(state.belief, a)]));
  const promising = [...state.usable].sort((a, b) => (single.get(a) ?? 0) - (single.get(b) ?? 0) || a - b);
  const left = Math.min(state.attemptsLeft, HORIZON);
  const values = new Map<number, number>();
  let bound = Number.POSITIVE_INFINITY;
  for (const a of promising) {
    if (left === 0 || (tries[a] as number) >= MAX_SAME_ACTION) continue;
    const value = actionValue(state.belief, a, left, bound);
    values.set(a, value);
    if (onlyBest) bound = Math.min(bound, value);
  }
  return {
    actions: state.usable.map((a) => values.get(a) ?? Number.POSITIVE_INFINITY),
    escalate: handOver(state.belief),
  };
};
