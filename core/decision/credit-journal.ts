import type { JournalRecord } from '../contracts/journal.ts';
import type { EnvironmentName } from '../contracts/workload.ts';
import { symptomTable } from './decide.ts';
import type { Catalogue } from '../learning/catalogue.ts';
import type { CreditStep } from '../learning/credit.ts';
import { creditIncident } from '../learning/credit.ts';
import type { EvidenceDelta, QTable } from '../learning/evidence.ts';

/**
 * What a closed incident teaches: its attempts in order, read from its journal alone, so that the Q-table can always be
 * rebuilt and checked.
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
  const steps = stepsOf(records);
  if (evidence === undefined || steps.length === 0) return [];
  return creditIncident({ catalogue, table, symptoms: symptomTable(evidence), steps, environment });
};

const stepsOf = (records: readonly JournalRecord[]): CreditStep[] =>
  records.flatMap((record): CreditStep[] => {
    if (record.kind !== 'outcome_measured' || record.body.status === 'pending') return [];
    const applied = records.find((other) => other.kind === 'action_applied' && other.attempt === record.attempt)
      ?.body as { readonly actionId: string; readonly status: string } | undefined;
    if (applied === undefined || applied.status === 'refused') return [];
    const { status, minutes } = record.body;
    return [
      {
        action: applied.status === 'not_needed' ? 'wait' : applied.actionId,
        recovered: status === 'recovered' || status === 'self_recovered',
        minutes,
        worse: status === 'worse',
        relapsed: null,
      },
    ];
  });
