import { ACTIONS } from '../action/catalogue.ts';
import { planAction } from '../action/plan.ts';
import type { ActionId, ActionPlan } from '../contracts/action.ts';
import { ActionIdSchema } from '../contracts/action.ts';
import type { Candidate, Decision } from '../contracts/decision.ts';
import { DecisionSchema } from '../contracts/decision.ts';
import type { Evidence } from '../contracts/evidence.ts';
import { SymptomSchema } from '../contracts/evidence.ts';
import type { Limits } from '../contracts/limits.ts';
import type { TriedAction } from '../contracts/loop-state.ts';
import type { Json } from '../journal/canonical-json.ts';
import { canonicalJson } from '../journal/canonical-json.ts';
import { inapplicableActions } from '../learning/applicability.ts';
import type { Symptoms } from '../learning/belief.ts';
import type { Catalogue } from '../learning/catalogue.ts';
import type { DecisionReason } from '../learning/choice.ts';
import type { LearnedDecision } from '../learning/decide.ts';
import { chooseAction } from '../learning/decide.ts';
import type { QTable } from '../learning/evidence.ts';
import type { Sha256 } from '../shared/ports.ts';

export interface DecideInput {
  readonly evidence: Evidence;
  readonly tried: readonly TriedAction[];
  readonly attempt: number;
  readonly limits: Limits;
  readonly catalogue: Catalogue;
  readonly table: QTable;
  readonly modelVersion: string;
  readonly sha256: Sha256;
}

/**
 * Chooses what to do: plans every action of the catalogue that can apply here, lets the learner rank them by expected
 * remaining cost, and keeps every candidate with its value or the reason why it was ruled out.
 *
 * Same input, same decision, bit for bit.
 */
export const decide = (input: DecideInput): Decision => {
  const options = new Map(ActionIdSchema.options.map((id) => [id, optionFor(id, input)] as const));
  const learned = chooseAction({
    catalogue: input.catalogue,
    table: input.table,
    symptoms: symptomTable(input.evidence),
    attempt: input.attempt - 1,
    tried: input.tried.map(({ actionId, outcome }) => ({ action: actionId, outcome: learnerOutcome(outcome) })),
    allowed: [...options].flatMap(([id, option]) => (option.ok && id !== 'escalate' ? [id] : [])),
    optimism: input.limits.optimismSd,
    maxAttempts: input.limits.maxAttempts,
    environment: input.limits.env,
  });
  const chosen = ActionIdSchema.parse(learned.action);
  const reason = REASONS[learned.reason];
  const option = options.get(chosen);
  const plan: ActionPlan =
    chosen !== 'escalate' && option?.ok === true ? option.value : { actionId: 'escalate', reason };
  return DecisionSchema.parse({
    plan,
    planHash: hashPlan(plan, input.sha256),
    risk: ACTIONS[plan.actionId].risk,
    reversible: ACTIONS[plan.actionId].undo !== null,
    belief: learned.belief.slice(0, 5).map(({ hypothesis, probability }) => ({ hypothesis, probability })),
    fingerprint: learned.fingerprint,
    candidates: candidatesOf(options, learned),
    runbookAction: learned.runbookAction,
    counterfactual: learned.counterfactual,
    modelVersion: input.modelVersion,
    reason,
  });
};

/** SHA-256 of a plan's canonical JSON: what verdicts and approvals are bound to. */
export const hashPlan = (plan: ActionPlan, sha256: Sha256): string => sha256(canonicalJson(plan as Json));

type Option = ReturnType<typeof planAction>;

const optionFor = (id: ActionId, { evidence, tried, catalogue }: DecideInput): Option => {
  const option = planAction(id, evidence, tried);
  if (!option.ok || id === 'escalate') return option;
  const masked = inapplicableActions(catalogue, symptomTable(evidence), {}).find(({ action }) => action === id);
  return masked === undefined ? option : { ok: false, error: `is ruled out by the catalogue (${masked.rule})` };
};

/** Present, absent, or null for what could not be observed. */
export const symptomTable = ({ symptoms }: Evidence): Symptoms =>
  Object.fromEntries(
    SymptomSchema.options.map((symptom) => [
      symptom,
      symptoms.present.includes(symptom) ? true : symptoms.absent.includes(symptom) ? false : null,
    ]),
  );

const learnerOutcome = (outcome: TriedAction['outcome']): 'worse' | 'unchanged' =>
  outcome === 'worse' ? 'worse' : 'unchanged';

const candidatesOf = (options: ReadonlyMap<ActionId, Option>, learned: LearnedDecision): Candidate[] =>
  [...options].map(([actionId, option]) => {
    const ranked = learned.candidates.find((candidate) => candidate.action === actionId);
    const masked = option.ok ? null : option.error;
    if (actionId === 'escalate') {
      return {
        actionId,
        masked: null,
        expectedMinutes: learned.escalateCost,
        recoverProbability: null,
        evidenceCount: 0,
      };
    }
    const usable = masked === null && ranked !== undefined;
    return {
      actionId,
      masked,
      expectedMinutes: usable ? ranked.expectedCostMinutes : null,
      recoverProbability: usable ? interval(ranked.recoverProbability) : null,
      evidenceCount: ranked?.evidence.own ?? 0,
    };
  });

const interval = ({ mean, low90, high90 }: { mean: number; low90: number; high90: number }) => ({
  mean,
  low: low90,
  high: high90,
});

const REASONS: Readonly<Record<DecisionReason, string>> = {
  leastCost: 'it has the least expected cost in minutes of user impact',
  explored: 'it was drawn among the best, to learn',
  runbookKept: 'nothing beats the runbook by enough to replace it',
  attemptsUsedUp: 'all attempts are used up',
  nothingAllowed: 'no action can apply here',
  unknownFault: 'the cause is probably none that the catalogue knows',
  escalationCheaper: 'no action that can apply is expected to save anything against calling a person',
};
