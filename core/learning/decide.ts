import {
  ESCALATE,
  type ActionId,
  type Catalogue,
  type HypothesisId,
  type MixName,
  type SymptomId,
} from './catalogue.ts';
import {
  REPEAT_FACTOR,
  fingerprintOf,
  priorBelief,
  symptomWeights,
  unknownShare,
  updateBelief,
  type Hint,
  type Symptoms,
  type SymptomWeight,
  type TriedAction,
} from './belief.ts';
import { betaInterval, type Probability } from './beta.ts';
import type { QTable } from './evidence.ts';
import { MAX_SAME_ACTION, planModelOf, planValues, type PlanModel, type PlanState } from './plan.ts';
import { posteriorOf, type CellEvidence, type Posterior } from './posterior.ts';
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

export interface Candidate {
  readonly action: ActionId;
  /** False for what the guards mask and for what was tried twice already. */
  readonly allowed: boolean;
  /** Q: expected remaining impact-minutes if taken now and the best is done afterwards; null for what is not allowed. */
  readonly expectedCostMinutes: number | null;
  readonly recoverProbability: Probability;
  /** Weighted by the belief. */
  readonly evidence: CellEvidence;
}

export interface BeliefEntry {
  readonly hypothesis: HypothesisId;
  readonly probability: number;
  /** For the three leading hypotheses: observations by how much they moved it, strongest first. Else empty. */
  readonly movedBy: readonly SymptomWeight[];
}

/** The one present symptom without which another action would have been chosen. */
export interface Counterfactual {
  readonly symptom: SymptomId;
  readonly action: ActionId;
}

export interface LearnedDecision {
  readonly action: ActionId;
  readonly reason: DecisionReason;
  /** Sorted, most probable first. */
  readonly belief: readonly BeliefEntry[];
  /** Sorted: allowed ones first, then by expected cost. Escalate is not among them, see `escalateCost`. */
  readonly candidates: readonly Candidate[];
  /** Expected impact-minutes of handing over now. */
  readonly escalateCost: number;
  readonly runbookAction: ActionId;
  /** Probability with which this action was drawn; 1 unless `randomise` was given. */
  readonly propensity: number;
  /** Null if no single symptom decides. */
  readonly counterfactual: Counterfactual | null;
  readonly fingerprint: string;
}

interface Choice {
  readonly action: ActionId;
  readonly reason: DecisionReason;
  readonly propensity: number;
}

const certain = (action: ActionId, reason: DecisionReason): Choice => ({ action, reason, propensity: 1 });

/** What can be chosen at this point, apart from the belief. */
interface Situation {
  readonly request: DecisionRequest;
  readonly posterior: Posterior;
  readonly hopeful: PlanModel;
  readonly usable: readonly number[];
  readonly tries: readonly number[];
  readonly attemptsLeft: number;
}

const situationOf = (request: DecisionRequest): Situation => {
  const posterior = posteriorOf(request.catalogue, request.environment ?? 'prod', request.table, request.pool);
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

const beliefOf = ({ posterior, request }: Situation, symptoms: Symptoms): Float64Array =>
  updateBelief(posterior, priorBelief(posterior, symptoms, request.hint), request.tried);

const planState = ({ usable, tries, attemptsLeft }: Situation, belief: Float64Array): PlanState => ({
  belief,
  usable,
  tries,
  attemptsLeft,
});

/** Chooses for a belief; the runbook's action is only looked at if a gate protects it. */
const choose = (situation: Situation, belief: Float64Array, symptoms: Symptoms): Choice => {
  const { request, posterior, usable } = situation;
  if (situation.attemptsLeft === 0) return certain(ESCALATE, 'attemptsUsedUp');
  if (usable.length === 0) return certain(ESCALATE, 'nothingAllowed');
  if (unknownShare(posterior, belief) > UNKNOWN_LIMIT) return certain(ESCALATE, 'unknownFault');

  const values = planValues(situation.hopeful, planState(situation, belief));
  const ranked = usable
    .map((a, index) => ({ action: posterior.actions[a] ?? ESCALATE, cost: values.actions[index] ?? Infinity }))
    .sort((a, b) => a.cost - b.cost);
  const best = ranked[0];
  if (best === undefined || !(best.cost < values.escalate)) return certain(ESCALATE, 'escalationCheaper');

  const gate = request.gateMinutes ?? 0;
  if (gate > 0) {
    const runbook = runbookAction(request.catalogue, { symptoms, tried: request.tried, allowed: request.allowed });
    const cost = ranked.find(({ action }) => action === runbook)?.cost ?? values.escalate;
    if (runbook !== best.action && cost - best.cost < gate) return certain(runbook, 'runbookKept');
  }
  return request.randomise === undefined ? certain(best.action, 'leastCost') : drawn(ranked, request.randomise);
};

/** With probability `rate` one of the best, else the best; the propensity makes off-policy evaluation possible. */
const drawn = (ranked: readonly { readonly action: ActionId }[], { rate, among, draw }: Randomise): Choice => {
  const pool = ranked.slice(0, Math.max(1, Math.floor(among)));
  const index = draw < rate ? Math.min(Math.floor((draw / rate) * pool.length), pool.length - 1) : 0;
  const action = pool[index]?.action ?? ESCALATE;
  const propensity = rate / pool.length + (index === 0 ? 1 - rate : 0);
  return { action, reason: index === 0 ? 'leastCost' : 'explored', propensity };
};

/** Looks for the present symptom without which the choice would differ, in the order given. */
const counterfactualOf = (
  situation: Situation,
  chosen: ActionId,
  symptoms: readonly SymptomId[],
): Counterfactual | null => {
  for (const symptom of symptoms) {
    const without = { ...situation.request.symptoms, [symptom]: false };
    const { action } = choose(situation, beliefOf(situation, without), without);
    if (action !== chosen) return { symptom, action };
  }
  return null;
};

/** P(action recovers) over the whole belief, and the evidence behind it. */
const candidateOf = (
  { posterior, tries, usable }: Situation,
  belief: Float64Array,
  { a, cost }: { readonly a: number; readonly cost: number | undefined },
): Candidate => {
  let [mean, variance, own, pooled, transferred, prior] = [0, 0, 0, 0, 0, 0];
  const damping = REPEAT_FACTOR ** (tries[a] ?? 0);
  belief.forEach((probability, f) => {
    const cell = f * posterior.actions.length + a;
    const evidence = posterior.evidence[cell];
    mean += probability * damping * (posterior.cure[cell] ?? 0);
    variance += (probability * damping * (posterior.cureDeviation[cell] ?? 0)) ** 2;
    own += probability * (evidence?.own ?? 0);
    pooled += probability * (evidence?.pooled ?? 0);
    transferred += probability * (evidence?.transferred ?? 0);
    prior += probability * (evidence?.prior ?? 0);
  });
  return {
    action: posterior.actions[a] ?? ESCALATE,
    allowed: usable.includes(a),
    expectedCostMinutes: cost ?? null,
    recoverProbability: betaInterval(mean, variance),
    evidence: { own, pooled, transferred, prior },
  };
};

/** How many leading hypotheses are explained. */
const EXPLAINED = 3;

/**
 * Chooses the next action of an incident: the one with the least expected remaining cost, in minutes of user impact,
 * looking up to three attempts ahead, with escalation always among the choices.
 *
 * Escalates without looking when the attempts are used up, nothing is allowed, or the cause is probably none that the
 * catalogue knows. Pure; takes about half a millisecond for the default catalogue.
 *
 * @returns the decision with all that an explanation needs; `candidates` carry the unbiased expectation (no optimism),
 * while the choice itself adds `optimism` standard deviations to every cure probability
 */
export const chooseAction = (request: DecisionRequest): LearnedDecision => {
  const situation = situationOf(request);
  const { posterior, usable } = situation;
  const belief = beliefOf(situation, request.symptoms);
  const choice = choose(situation, belief, request.symptoms);
  const expected = planValues(planModelOf(posterior, 0), planState(situation, belief));
  const costs = new Map(usable.map((a, index) => [a, expected.actions[index]]));

  const order = [...belief.keys()].sort((f, g) => (belief[g] ?? 0) - (belief[f] ?? 0));
  const sorted = order.map((f, rank) => ({
    hypothesis: posterior.hypotheses[f] ?? '',
    probability: belief[f] ?? 0,
    movedBy: rank < EXPLAINED ? symptomWeights(posterior, f, request.symptoms) : [],
  }));
  const leading = sorted[0] as BeliefEntry;
  const present = leading.movedBy.filter((weight) => weight.present).map(({ symptom }) => symptom);
  return {
    ...choice,
    belief: sorted,
    candidates: posterior.actions
      .map((_, a) => candidateOf(situation, belief, { a, cost: costs.get(a) }))
      .sort(
        (a, b) =>
          (a.expectedCostMinutes ?? Infinity) - (b.expectedCostMinutes ?? Infinity) ||
          Number(b.allowed) - Number(a.allowed),
      ),
    escalateCost: expected.escalate,
    runbookAction: runbookAction(request.catalogue, request),
    counterfactual: counterfactualOf(situation, choice.action, present),
    fingerprint: fingerprintOf(request.catalogue, leading, request.symptoms),
  };
};
