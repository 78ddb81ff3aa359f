import type { ActionId } from '../contracts/action.ts';
import { ActionIdSchema } from '../contracts/action.ts';
import type { Autonomy, Decision, Replay } from '../contracts/decision.ts';
import { SymptomSchema } from '../contracts/evidence.ts';
import { ACTIONS } from '../action/catalogue.ts';
import { parseCatalogue } from '../learning/catalogue.ts';
import type { Catalogue } from '../learning/catalogue.ts';
import type { DecisionRequest } from '../learning/choice.ts';
import type { Candidate as LearnedCandidate, LearnedDecision } from '../learning/decide.ts';
import { chooseAction } from '../learning/decide.ts';
import type { QTable } from '../learning/evidence.ts';
import { ledgerEntry } from '../learning/ledger.ts';
import { runbookDiagnosis } from '../learning/runbook.ts';
import { REASONS } from './reasons.ts';

/** The part of a decision that follows from catalogue, table and situation alone, without the workload's own state. */
export type Judgement = Required<
  Pick<
    Decision,
    | 'belief'
    | 'fingerprint'
    | 'runbookAction'
    | 'runbookHypothesis'
    | 'counterfactual'
    | 'failuresToChange'
    | 'reason'
    | 'draw'
    | 'autonomy'
  >
> & {
  readonly actionId: ActionId;
  /** Expected cost in impact-minutes of calling a person. */
  readonly escalateMinutes: number;
  readonly values: readonly LearnedCandidate[];
};

/** Hypotheses that a record keeps; the first three with what moved them. */
const KEPT = 5;
const EXPLAINED = 3;
/** Observations kept for each of them. */
const STRONGEST = 4;

/**
 * Chooses. Same replay data and table, same judgement, bit for bit.
 *
 * @param table - the replay's own rows; or others, to ask what would be chosen with them
 */
export const judge = (
  replay: Replay,
  {
    modelVersion,
    table,
    catalogue,
  }: { readonly modelVersion: string } & Partial<{
    readonly table: QTable;
    readonly catalogue: Catalogue;
  }>,
): Judgement => {
  const rows = table ?? new Map(Object.entries(replay.rows));
  const request = requestOf(replay, catalogue ?? parseCatalogue(replay.catalogue), rows);
  const learned = chooseAction(request);
  const { approved } = replay;
  const actionId = approved ?? ActionIdSchema.parse(learned.action);
  return {
    actionId,
    reason: approved === undefined ? REASONS[learned.reason] : reasonOfApproved(approved),
    belief: beliefOf(learned),
    fingerprint: learned.fingerprint,
    runbookAction: ActionIdSchema.parse(learned.runbookAction),
    runbookHypothesis: runbookDiagnosis(request.catalogue, request.symptoms),
    counterfactual:
      learned.counterfactual === null
        ? null
        : {
            symptom: SymptomSchema.parse(learned.counterfactual.symptom),
            action: ActionIdSchema.parse(learned.counterfactual.action),
          },
    failuresToChange:
      learned.failuresToChange === null
        ? null
        : { ...learned.failuresToChange, action: ActionIdSchema.parse(learned.failuresToChange.action) },
    draw: drawOf(replay, learned),
    autonomy: autonomyOf(actionId, learned, rows, modelVersion),
    escalateMinutes: learned.escalateCost,
    values: learned.candidates,
  };
};

const requestOf = (replay: Replay, catalogue: Catalogue, table: QTable): DecisionRequest => ({
  catalogue,
  table,
  symptoms: replay.symptoms,
  attempt: replay.attempt,
  tried: replay.tried,
  allowed: replay.allowed,
  plannable: replay.plannable,
  optimism: replay.optimism,
  maxAttempts: replay.maxAttempts,
  environment: replay.environment,
  gateMinutes: replay.gateMinutes,
  ...(replay.randomise === null ? {} : { randomise: replay.randomise }),
});

const beliefOf = ({ belief }: LearnedDecision): Decision['belief'] =>
  belief.slice(0, KEPT).map(({ hypothesis, probability, movedBy }, rank) => ({
    hypothesis,
    probability,
    ...(rank < EXPLAINED ? { movedBy: movedBy.slice(0, STRONGEST).map((weight) => ({ ...weight })) } : {}),
  }));

/** What a person has chosen was not drawn. */
const drawOf = ({ randomise, approved }: Replay, { pool, propensity }: LearnedDecision): Judgement['draw'] =>
  randomise === null || approved !== undefined || pool.length === 0
    ? null
    : { ...randomise, pool: pool.map((id) => ActionIdSchema.parse(id)), probability: propensity };

/** What the ledger says of the choice; nothing about what changes nothing. */
const autonomyOf = (
  action: ActionId,
  { belief }: LearnedDecision,
  table: QTable,
  modelVersion: string,
): Autonomy | null => {
  const hypothesis = belief[0]?.hypothesis;
  if (hypothesis === undefined || !ACTIONS[action].mutates) return null;
  const { own, handed, lowerBound } = ledgerEntry(table, { modelVersion, hypothesis, action });
  return {
    modelVersion,
    hypothesis,
    heals: Math.max(handed.healed - handed.relapsed, 0),
    failures: own.failed + handed.failed + own.relapsed + handed.relapsed,
    lowerBound,
  };
};

const reasonOfApproved = (approved: ActionId): string =>
  approved === 'escalate' ? 'what was approved can no longer be done' : 'a person approved it';
