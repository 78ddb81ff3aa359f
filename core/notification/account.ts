import { listPeople } from '../approval/binding.ts';
import type { JournalKind, JournalRecord } from '../contracts/journal.ts';
import type { Account } from '../contracts/notice.ts';
import type { Outcome } from '../contracts/outcome.ts';
import type { Approval } from '../contracts/verdict.ts';
import { list, minutesText } from '../explanation/wording.ts';

type Of<K extends JournalKind> = Extract<JournalRecord, { readonly kind: K }>;

const all = <K extends JournalKind>(records: readonly JournalRecord[], kind: K): Of<K>[] =>
  records.filter((record): record is Of<K> => record.kind === kind);

/**
 * How an incident went, from its records alone.
 *
 * @param records - the incident's chain with its last record
 * @param whole - the whole account, for whoever wants to know more
 */
export const accountOf = (records: readonly JournalRecord[], whole: string): Account => {
  const [opened] = all(records, 'incident_opened');
  const seen = all(records, 'evidence_validated').at(-1)?.body.reading.reasons ?? [];
  return {
    happened: sentence([opened?.body.signal.summary ?? 'unknown', ...(seen.length === 0 ? [] : [list(seen)])]),
    done: sentence(doneIn(records)),
    why: sentence(whyOf(records)),
    whole,
  };
};

const sentence = (clauses: readonly string[]): string => `${clauses.join('; ').replace(/[.;\s]+$/, '')}.`;

const doneIn = (records: readonly JournalRecord[]): readonly string[] => {
  const applied = all(records, 'action_applied').map(({ body }) => body.detail);
  const undone = all(records, 'action_undone').map(({ body }) => `${body.status}: ${body.detail}`);
  const answer = all(records, 'approval_answered').at(-1)?.body;
  const outcome = all(records, 'outcome_measured').at(-1)?.body;
  return [
    ...(answer === undefined ? [] : [answerWords(answer)]),
    ...(applied.length === 0 ? ['Kintsugi changed nothing'] : applied),
    ...undone,
    ...(outcome === undefined ? [] : [outcomeWords(outcome)]),
  ];
};

/** `ada@example.com approved it`, or that nobody answered. */
export const answerWords = (approval: Pick<Approval, 'answer' | 'approver' | 'approvers' | 'reason'>): string => {
  if (approval.answer === 'expired') return 'nobody answered in time, which is a no';
  const words = { approve: 'approved it', decline: 'declined it', takeover: 'took it over by hand' }[approval.answer];
  return `${listPeople(approval)} ${words}${approval.reason === null ? '' : ` (${approval.reason})`}`;
};

const outcomeWords = (outcome: Outcome): string => {
  switch (outcome.status) {
    case 'recovered':
      return `recovered within ${minutesText(outcome.minutes)}`;
    case 'self_recovered':
      return 'recovered by itself';
    case 'improved':
    case 'unchanged':
    case 'worse':
    case 'pending':
      return `it did not recover: ${outcome.reason}`;
  }
};

/** Why it was done; or, where a person has to take over, why nothing more is. */
const whyOf = (records: readonly JournalRecord[]): readonly string[] => {
  const [broken] = all(records, 'incident_escalated');
  if (broken !== undefined) return [`the loop stopped with ${broken.body.error}`, broken.body.cause];
  const validation = all(records, 'evidence_validated').at(-1)?.body;
  if (validation?.result === 'dismiss' && !validation.reading.healthy) {
    return validation.checks.filter(({ passed }) => !passed).map(({ reason }) => reason);
  }
  const verdict = all(records, 'verdict_given').at(-1)?.body;
  const refused = verdict?.guards.filter(({ result }) => result === 'deny').map(({ reason }) => reason) ?? [];
  const decision = all(records, 'action_decided').at(-1)?.body;
  return refused.length > 0 ? refused : [decision?.reason ?? 'nothing was decided'];
};
