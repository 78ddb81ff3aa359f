import type { JournalRecord } from '../contracts/journal.ts';
import type { WorkloadId } from '../contracts/workload.ts';

/** A message to people about the end of an incident. */
export interface Notice {
  readonly subject: string;
  readonly body: string;
}

/**
 * What people are told when this record is an incident's last one. It depends on the record alone, so that whoever finds
 * the incident ended can say it again.
 *
 * @returns null when the incident goes on, or there was nothing to heal
 */
export const noticeOf = (record: JournalRecord, workloadId: WorkloadId): Notice | null => {
  if (record.kind === 'incident_escalated') {
    return { subject: `Needs a person: ${workloadId}`, body: record.body.explanation };
  }
  if (record.kind !== 'attempt_explained') return null;
  const { disposition, explanation } = record.body;
  if (disposition === 'recovered') return { subject: `Recovered: ${workloadId}`, body: explanation };
  if (disposition === 'escalated') return { subject: `Needs a person: ${workloadId}`, body: explanation };
  return null;
};
