import { ACTIONS } from '../action/catalogue.ts';
import type { JournalKind, JournalRecord } from '../contracts/journal.ts';
import type { EnvironmentName } from '../contracts/workload.ts';
import type { Catalogue } from '../learning/catalogue.ts';
import type { CreditStep } from '../learning/credit.ts';
import { creditIncident } from '../learning/credit.ts';
import type { EvidenceDelta, QTable } from '../learning/evidence.ts';
import { mergeDeltas } from '../learning/evidence.ts';
import type { LedgerOutcome } from '../learning/ledger.ts';
import { ledgerDeltas } from '../learning/ledger.ts';
import { symptomTable } from './decide.ts';

/**
 * What a closed incident teaches: its attempts in order, read from its journal alone, so that the Q-table can always be
 * rebuilt and checked.
 *
 * A cure is credited as lasting; if it turns out within the hour that it was not, `creditRelapse` corrects that.
 *
 * @returns nothing when no action was tried: an incident that was dismissed or escalated at once says nothing about actions
 */
export const creditFromJournal = (
  records: readonly JournalRecord[],
  catalogue: Catalogue,
  table: QTable,
  environment: EnvironmentName,
): EvidenceDelta[] => {
  const evidence = records.find((record) => record.kind === 'evidence_gathered')?.body;
  const attempts = finishedAttempts(records);
  if (evidence === undefined || attempts.length === 0) return [];
  const steps = attempts.map(stepOf);
  return mergeDeltas([
    ...creditIncident({ catalogue, table, symptoms: symptomTable(evidence), steps, environment }),
    ...ledgerDeltas(attempts.flatMap(ledgerOutcome)),
  ]);
};

type Of<K extends JournalKind> = Extract<JournalRecord, { readonly kind: K }>;

/** An attempt in which something was tried, and its outcome is known. */
interface FinishedAttempt {
  readonly decision: Of<'action_decided'>['body'] | undefined;
  readonly applied: Of<'action_applied'>['body'];
  readonly outcome: Of<'outcome_measured'>['body'];
}

const finishedAttempts = (records: readonly JournalRecord[]): FinishedAttempt[] =>
  records.flatMap((record): FinishedAttempt[] => {
    if (record.kind !== 'outcome_measured' || record.body.status === 'pending') return [];
    const applied = find(records, 'action_applied', record.attempt)?.body;
    if (applied === undefined || applied.status === 'refused') return [];
    return [{ decision: find(records, 'action_decided', record.attempt)?.body, applied, outcome: record.body }];
  });

const find = <K extends JournalKind>(records: readonly JournalRecord[], kind: K, attempt: number): Of<K> | undefined =>
  records.findLast((record): record is Of<K> => record.kind === kind && record.attempt === attempt);

const stepOf = ({ applied, outcome: { status, minutes } }: FinishedAttempt): CreditStep => {
  const recovered = status === 'recovered' || status === 'self_recovered';
  return {
    // Waiting would have been enough, and that is what is learned.
    action: status === 'self_recovered' || applied.status === 'not_needed' ? 'wait' : applied.actionId,
    recovered,
    minutes,
    worse: status === 'worse',
    relapsed: recovered ? false : null,
  };
};

/** Only what changed the workload can earn anything. */
const ledgerOutcome = ({ decision, applied, outcome }: FinishedAttempt): LedgerOutcome[] => {
  const hypothesis = decision?.belief[0]?.hypothesis;
  if (decision === undefined || hypothesis === undefined || outcome.status === 'self_recovered') return [];
  if (!ACTIONS[applied.actionId].mutates || applied.status === 'not_needed') return [];
  const { modelVersion } = decision;
  return [{ modelVersion, hypothesis, action: applied.actionId, healed: outcome.status === 'recovered' }];
};
