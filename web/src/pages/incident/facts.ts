import type { JournalKind, JournalRecord } from '../../../../core/contracts/journal.ts';

export type RecordOf<K extends JournalKind> = Extract<JournalRecord, { readonly kind: K }>;

/** The newest record of a kind, of one attempt or of all. */
export const newest = <K extends JournalKind>(
  journal: readonly JournalRecord[],
  kind: K,
  attempt?: number,
): RecordOf<K> | undefined =>
  journal.findLast(
    (record): record is RecordOf<K> => record.kind === kind && (attempt === undefined || record.attempt === attempt),
  );

/** Numbers of the attempts that decided something. */
export const decidedAttempts = (journal: readonly JournalRecord[]): readonly number[] =>
  journal.filter(({ kind }) => kind === 'action_decided').map(({ attempt }) => attempt);
