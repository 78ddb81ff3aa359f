import { ACTIONS } from '../action/catalogue.ts';
import { hashPlan } from '../action/hash-plan.ts';
import { planAction } from '../action/plan.ts';
import type { ActionId, ActionPlan } from '../contracts/action.ts';
import { ActionIdSchema } from '../contracts/action.ts';
import type { Candidate, Decision, Replay } from '../contracts/decision.ts';
import { DecisionSchema } from '../contracts/decision.ts';
import type { Evidence } from '../contracts/evidence.ts';
import { SymptomSchema } from '../contracts/evidence.ts';
import type { LearningLimits, Limits } from '../contracts/limits.ts';
import type { TriedAction } from '../contracts/loop-state.ts';
import type { Json } from '../journal/canonical-json.ts';
import { canonicalJson } from '../journal/canonical-json.ts';
import { inapplicableActions } from '../learning/applicability.ts';
import type { Symptoms } from '../learning/belief.ts';
import type { Catalogue } from '../learning/catalogue.ts';
import type { QTable } from '../learning/evidence.ts';
import type { Sha256 } from '../shared/ports.ts';
import { judge } from './judge.ts';
import type { Judgement } from './judge.ts';

export interface DecideInput {
  readonly incidentId: string;
  readonly evidence: Evidence;
  readonly tried: readonly TriedAction[];
  readonly attempt: number;
  readonly limits: Limits;
  readonly catalogue: Catalogue;
  readonly table: QTable;
  readonly modelVersion: string;
  readonly sha256: Sha256;
  /** What a person has chosen: it is planned anew and not compared again; null when nobody was asked. */
  readonly approved?: ActionId | null;
}

/**
 * Chooses what to do: plans every action of the catalogue that can apply here, lets the learner rank them by expected
 * remaining cost, and keeps every candidate with its value or the reason why it was ruled out.
 *
 * Same input, same decision, bit for bit; and the decision keeps what it was computed from (see `redecide`).
 */
export const decide = (input: DecideInput): Decision => {
  const options = new Map(ActionIdSchema.options.map((id) => [id, optionFor(id, input)] as const));
  const replay = replayOf(input, options);
  const { actionId, values, escalateMinutes, ...judged } = judge(replay, input);
  const option = options.get(actionId)?.plan;
  const plan: ActionPlan =
    actionId !== 'escalate' && option?.ok === true ? option.value : { actionId: 'escalate', reason: judged.reason };
  return DecisionSchema.parse({
    ...judged,
    plan,
    planHash: hashPlan(plan, input.sha256),
    risk: ACTIONS[plan.actionId].risk,
    reversible: ACTIONS[plan.actionId].undo !== null,
    candidates: [...options].map(([id, { masked }]) => candidateOf(id, masked, { values, escalateMinutes })),
    modelVersion: input.modelVersion,
    replay,
  });
};

export { hashPlan };

/** Without what only a replay needs: what the phases after Decide are given. */
export const withoutReplay = ({ replay: _, ...decision }: Decision): Decision => decision;

/** What an action would do here, and what rules it out: the workload itself, or the catalogue's masks. */
interface Option {
  readonly plan: ReturnType<typeof planAction>;
  readonly masked: string | null;
}

const optionFor = (id: ActionId, { evidence, tried, catalogue }: DecideInput): Option => {
  const plan = planAction(id, evidence, tried);
  if (!plan.ok) return { plan, masked: plan.error };
  if (id === 'escalate') return { plan, masked: null };
  return { plan, masked: catalogueMask(catalogue, symptomTable(evidence), id) };
};

/** Why the catalogue does not let an action be chosen for these symptoms; null if it does. */
export const catalogueMask = (catalogue: Catalogue, symptoms: Symptoms, id: string): string | null => {
  if (!catalogue.actions.some((row) => row.id === id)) return 'is not in the catalogue';
  const rule = inapplicableActions(catalogue, symptoms, {}).find(({ action }) => action === id)?.rule;
  return rule === undefined ? null : `is ruled out by the catalogue (${rule})`;
};

const replayOf = (input: DecideInput, options: ReadonlyMap<ActionId, Option>): Replay => {
  const { catalogue, limits, tried, sha256 } = input;
  const rows = Object.fromEntries([...input.table].map(([name, row]) => [name, { ...row }]));
  const idsOf = (accept: (option: Option) => boolean) =>
    [...options].flatMap(([id, option]) => (id !== 'escalate' && accept(option) ? [id] : []));
  return {
    catalogueHash: sha256(canonicalJson(catalogue as unknown as Json)),
    tableHash: sha256(canonicalJson(rows)),
    catalogue,
    rows,
    symptoms: { ...symptomTable(input.evidence) },
    attempt: input.attempt - 1,
    tried: tried.map(({ actionId, outcome }) => ({ action: actionId, outcome: learnerOutcome(outcome) })),
    allowed: idsOf(({ masked }) => masked === null),
    plannable: idsOf(({ plan }) => plan.ok),
    optimism: limits.learning.optimismSd,
    maxAttempts: limits.maxAttempts,
    environment: limits.env,
    randomise: randomiseOf(limits.learning, input),
    gateMinutes: limits.learning.gateMinutes,
    ...approvedIn(input, options),
  };
};

/** What was approved and is ruled out by now leaves nothing but to call a person. */
const approvedIn = ({ approved }: DecideInput, options: ReadonlyMap<ActionId, Option>): Pick<Replay, 'approved'> => {
  if (approved === undefined || approved === null) return {};
  return { approved: options.get(approved)?.masked === null ? approved : 'escalate' };
};

/** 52 bits of a hash: uniform in [0, 1), and the same whenever this attempt is decided again. */
const DRAW_DIGITS = 13;

const randomiseOf = ({ randomise }: LearningLimits, input: DecideInput): Replay['randomise'] => {
  if (randomise === null) return null;
  const digits = input.sha256(`draw of ${input.incidentId}, attempt ${input.attempt}`).slice(0, DRAW_DIGITS);
  return { ...randomise, draw: Number.parseInt(digits, 16) / 16 ** DRAW_DIGITS };
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

/** A candidate as records keep it. */
export const candidateOf = (
  actionId: ActionId,
  masked: string | null,
  { values, escalateMinutes }: Pick<Judgement, 'values' | 'escalateMinutes'>,
): Candidate => {
  if (actionId === 'escalate') {
    return { actionId, masked: null, expectedMinutes: escalateMinutes, recoverProbability: null, evidenceCount: 0 };
  }
  const ranked = values.find((candidate) => candidate.action === actionId);
  const usable = masked === null && ranked !== undefined;
  return {
    actionId,
    masked,
    expectedMinutes: usable ? ranked.expectedCostMinutes : null,
    recoverProbability: usable ? interval(ranked.recoverProbability) : null,
    evidenceCount: ranked?.evidence.own ?? 0,
    ...(ranked === undefined ? {} : { evidence: { ...ranked.evidence } }),
  };
};

const interval = ({ mean, low90, high90 }: { mean: number; low90: number; high90: number }) => ({
  mean,
  low: low90,
  high: high90,
});
