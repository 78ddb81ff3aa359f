import type { JournalRecord } from '../contracts/journal.ts';
import type { Notice } from '../contracts/notice.ts';
import type { Criticality, WorkloadId } from '../contracts/workload.ts';
import { accountOf } from './account.ts';

/** Whom an incident concerns, and how much. */
export interface Concern {
  readonly workloadId: WorkloadId;
  /** Null when the workload was never read: then it counts as the most critical. */
  readonly criticality: Criticality | null;
}

const MOST_CRITICAL: Criticality = 0;

/**
 * What people are told when this record is an incident's last one. It depends on the records alone, so that whoever finds
 * the incident ended can say it again.
 *
 * @param records - the incident's chain; `last` may be missing in it
 * @returns null when the incident goes on, or there was nothing to heal
 */
export const noticeOf = (
  last: JournalRecord,
  records: readonly JournalRecord[],
  { workloadId, criticality }: Concern,
): Notice | null => {
  const occasion = endOf(last);
  if (occasion === null) return null;
  const chain = [...records.filter(({ seq }) => seq < last.seq), last];
  const { incidentId, at } = last;
  const account = accountOf(chain, wholeOf(last));
  return { incidentId, workloadId, criticality: criticality ?? MOST_CRITICAL, at, occasion, account };
};

const endOf = (record: JournalRecord): 'recovered' | 'escalated' | null => {
  if (record.kind === 'incident_escalated') return 'escalated';
  if (record.kind !== 'attempt_explained') return null;
  const { disposition } = record.body;
  return disposition === 'recovered' || disposition === 'escalated' ? disposition : null;
};

const wholeOf = (record: JournalRecord): string =>
  record.kind === 'incident_escalated' || record.kind === 'attempt_explained' ? record.body.explanation : '';
