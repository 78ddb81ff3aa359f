import { ESCALATE, type ActionId, type Catalogue, type MixName } from './catalogue.ts';
import { priorBelief, unknownShare, updateBelief, type Hint, type Symptoms, type TriedAction } from './belief.ts';
import type { QTable } from './evidence.ts';
import { MAX_SAME_ACTION, planModelOf, planValues, type PlanModel, type PlanState } from './plan.ts';
import { PSEUDO_COUNTS, posteriorOf, type Posterior } from './posterior.ts';
import { runbookAction } from './runbook.ts';

/** Above this probability that no fault of the catalogue is the cause, only a person may act. */
const UNKNOWN_LIMIT = 0.5;

/** Bounded exploration: never in prod. `draw` comes from outside, so that a replay draws the same. */
export interface Randomise {
  /** Share of decisions that are drawn, 0 to 1. */
  readonly rate: number;
  /** Drawn among this many best allowed actions. */
  readonly among: number;
  /** Uniform in [0, 1), for example from a hash of incident and attempt. */
  readonly draw: number;
}

/** Everything a decision depends on. Same request, same decision, bit for bit. */
export interface DecisionRequest {
  readonly catalogue: Catalogue;
  /** Rows of this environment and tier. */
  readonly table: QTable;
  /** Rows of all tiers together, where they were loaded. */
  readonly pool?: QTable;
  readonly symptoms: Symptoms;
  /** Attempts used up, 0 for the first decision. */
  readonly attempt: number;
  readonly tried: readonly TriedAction[];
  /** What the guards leave; used now and inside the look-ahead. `escalate` need not be in it. */
  readonly allowed: readonly ActionId[];
  /**
   * What would be allowed if the catalogue ruled nothing out by symptoms. With it, a counterfactual looks at what a missing
   * symptom would rule out, or no longer; without it, `allowed` holds there too.
   */
  readonly plannable?: readonly ActionId[];
  /** Standard deviations: dev 1, stage 0.6, prod 0.3. */
  readonly optimism: number;
  readonly maxAttempts: number;
  /** Whose mix of faults is the prior; prod by default. */
  readonly environment?: MixName;
  readonly randomise?: Randomise;
  readonly hint?: Hint;
  /** Impact-minutes by which an action must beat the runbook's to replace it; 0 for a validated catalogue. */
  readonly gateMinutes?: number;
}

/** Why it is this action. */
export type DecisionReason =
  /** least expected remaining cost */
  | 'leastCost'
  /** drawn among the best, to learn */
  | 'explored'
  /** better than the runbook's, but by less than the gate */
  | 'runbookKept'
  | 'attemptsUsedUp'
  | 'nothingAllowed'
  | 'unknownFault'
  /** no allowed action is expected to save anything against calling a person */
  | 'escalationCheaper';

/** The choice alone, without what an explanation needs. */
export interface Choice {
  readonly action: ActionId;
  readonly reason: DecisionReason;
  readonly propensity: number;
  /** What was drawn from, best first; empty if nothing was drawn. */
  readonly pool: readonly ActionId[];
}

const certain = (action: ActionId, reason: DecisionReason): Choice => ({ action, reason, propensity: 1, pool: [] });

/** What can be chosen at this point, apart from the belief. */
export interface Situation {
  readonly request: DecisionRequest;
  readonly posterior: Posterior;
  readonly hopeful: PlanModel;
  readonly usable: readonly number[];
  readonly tries: readonly number[];
  readonly attemptsLeft: number;
}

/** Catalogue and evidence of a request together. */
export const posteriorFor = ({ catalogue, environment, table, pool }: DecisionRequest): Posterior =>
  posteriorOf(catalogue, environment ?? 'prod', table, pool);

/**
 * Turns a request into arrays, once per decision.
 *
 * @param posterior - of the same request, where it is known from another decision with the same table
 */
export const situationOf = (request: DecisionRequest, posterior: Posterior = posteriorFor(request)): Situation => {
  const allowed = new Set(request.allowed);
  const tries = posterior.actions.map((id) => request.tried.filter(({ action }) => action === id).length);
  return {
    request,
    posterior,
    hopeful: planModelOf(posterior, request.optimism),
    tries,
    usable: posterior.actions.flatMap((id, a) => (allowed.has(id) && (tries[a] ?? 0) < MAX_SAME_ACTION ? [a] : [])),
    attemptsLeft: Math.max(request.maxAttempts - Math.max(request.attempt, request.tried.length), 0),
  };
};

/** Belief for these symptoms after everything that was tried. */
export const beliefOf = ({ posterior, request }: Situation, symptoms: Symptoms): Float64Array =>
  updateBelief(posterior, priorBelief(posterior, symptoms, request.hint), request.tried);

/** The planner's view of a situation. */
export const planState = ({ usable, tries, attemptsLeft }: Situation, belief: Float64Array): PlanState => ({
  belief,
  usable,
  tries,
  attemptsLeft,
});

/** Chooses for a belief; the runbook's action is only looked at if a gate protects it. */
export const choose = (situation: Situation, belief: Float64Array, symptoms: Symptoms): Choice => {
  const { request, posterior, usable } = situation;
  if (situation.attemptsLeft === 0) return certain(ESCALATE, 'attemptsUsedUp');
  if (usable.length === 0) return certain(ESCALATE, 'nothingAllowed');
  if (unknownShare(posterior, belief) > UNKNOWN_LIMIT) return certain(ESCALATE, 'unknownFault');

  // A ranking is only needed where more than the best is looked at.
  const onlyBest = request.randomise === undefined && (request.gateMinutes ?? 0) === 0;
  const values = planValues(situation.hopeful, planState(situation, belief), onlyBest);
  const ranked = usable
    .map((a, index) => ({ action: posterior.actions[a] ?? ESCALATE, cost: values.actions[index] ?? Infinity }))
    .sort((a, b) => a.cost - b.cost);
  const best = ranked[0];
  const escalates = best === undefined || !(best.cost < values.escalate);
  const learned = escalates ? certain(ESCALATE, 'escalationCheaper') : certain(best.action, 'leastCost');

  if ((request.gateMinutes ?? 0) > 0) {
    const runbook = runbookAction(request.catalogue, { symptoms, tried: request.tried, allowed: request.allowed });
    const costOf = (id: ActionId) => ranked.find(({ action }) => action === id)?.cost ?? values.escalate;
    const saving = costOf(runbook) - costOf(learned.action);
    if (runbook !== learned.action && saving < gateOf(situation, belief, learned.action)) {
      return certain(runbook, 'runbookKept');
    }
  }
  if (escalates || request.randomise === undefined) return learned;
  // What is expected to cost more than calling a person is not worth learning about.
  const worthwhile = ranked.filter(({ cost }) => cost < values.escalate);
  return drawn(worthwhile, request.randomise);
};

/** The gate in impact-minutes: it shrinks as evidence about the action takes the place of the unproven prior; a person has none. */
const gateOf = ({ request, posterior }: Situation, belief: Float64Array, action: ActionId): number => {
  const a = posterior.actions.indexOf(action);
  if (a < 0) return request.gateMinutes ?? 0;
  let [prior, seen] = [0, 0];
  belief.forEach((probability, f) => {
    const evidence = posterior.evidence[f * posterior.actions.length + a];
    prior += probability * (evidence?.prior ?? PSEUDO_COUNTS.cure);
    seen += probability * ((evidence?.own ?? 0) + (evidence?.pooled ?? 0) + (evidence?.transferred ?? 0));
  });
  return ((request.gateMinutes ?? 0) * prior) / (prior + seen);
};

/** With probability `rate` one of the best, else the best; the propensity makes off-policy evaluation possible. */
const drawn = (ranked: readonly { readonly action: ActionId }[], { rate, among, draw }: Randomise): Choice => {
  const pool = ranked.slice(0, Math.max(1, Math.floor(among)));
  const index = draw < rate ? Math.min(Math.floor((draw / rate) * pool.length), pool.length - 1) : 0;
  const action = pool[index]?.action ?? ESCALATE;
  const propensity = rate / pool.length + (index === 0 ? 1 - rate : 0);
  const reason = index === 0 ? 'leastCost' : 'explored';
  return { action, reason, propensity, pool: pool.map((one) => one.action) };
};
