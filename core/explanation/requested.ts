import { describePlan } from '../action/plan.ts';
import { listPeople } from '../approval/binding.ts';
import type { JournalKind, JournalRecord } from '../contracts/journal.ts';
import type { Disposition } from '../contracts/loop-state.ts';
import type { Outcome } from '../contracts/outcome.ts';
import type { Approval, Verdict } from '../contracts/verdict.ts';
import { list } from './wording.ts';

type Of<K extends JournalKind> = Extract<JournalRecord, { readonly kind: K }>;

/** Whether the chain is that of a wish: a person asked for it, and nothing had to be wrong. */
export const isRequested = (records: readonly JournalRecord[]): boolean =>
  records[0]?.kind === 'incident_opened' && records[0].body.signal.request !== undefined;

/** The account of what a person asked for, from its records alone: the plan, who confirmed it, what came of it. */
export const explainRequest = (
  records: readonly JournalRecord[],
  disposition: Disposition,
  approval: Approval | null,
): string => {
  const find = <K extends JournalKind>(kind: K): Of<K>['body'] | undefined =>
    records.findLast((record): record is Of<K> => record.kind === kind)?.body as Of<K>['body'] | undefined;
  const opened = find('incident_opened');
  const validation = find('evidence_validated');
  const decision = find('action_decided');
  const verdict = find('verdict_given');
  const applied = find('action_applied');
  const undone = find('action_undone');
  const outcome = find('outcome_measured');
  const failed = validation?.checks.filter(({ passed }) => !passed).map(({ reason }) => reason) ?? [];
  const isImpossible = decision?.plan.actionId === 'escalate';
  return [
    opened === undefined ? '' : `${opened.workloadId}: ${opened.signal.summary}.`,
    failed.length === 0 ? '' : `It was not done: ${list(failed)}.`,
    decision === undefined
      ? ''
      : decision.plan.actionId === 'escalate'
        ? `It cannot be done: ${decision.plan.reason}.`
        : `The plan was to ${describePlan(decision.plan)}.`,
    verdict === undefined || isImpossible ? '' : judged(verdict, approval),
    applied === undefined ? '' : `Done: ${applied.detail}.`,
    undone === undefined ? '' : `Taken back: ${undone.detail}.`,
    outcome === undefined || applied?.status === 'refused' ? '' : happened(outcome),
    disposition === 'escalated' ? 'A person has to look at it.' : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
};

const judged = (verdict: Verdict, approval: Approval | null): string => {
  const of = (result: 'ask' | 'deny') =>
    verdict.guards.filter((guard) => guard.result === result).map(({ guard, reason }) => `${guard} (${reason})`);
  if (verdict.verdict === 'deny') return `The guards refused it: ${list(of('deny'))}.`;
  if (approval === null) return 'Nobody has confirmed it.';
  return ANSWERED[approval.answer](listPeople(approval), approval.reason);
};

const because = (reason: string | null): string => (reason === null ? '' : ` (${reason})`);

const ANSWERED: Readonly<Record<Approval['answer'], (who: string, reason: string | null) => string>> = {
  approve: (who) => `${who} confirmed it, and no guard denied it.`,
  decline: (who, reason) => `${who} declined it${because(reason)}.`,
  takeover: (who) => `${who} did it by hand.`,
  expired: () => 'Nobody confirmed it in time, which is a no.',
};

const happened = ({ status, reason }: Outcome): string =>
  status === 'recovered' || status === 'self_recovered'
    ? `The workload stayed well: ${reason}.`
    : `The workload is not well: ${reason}.`;
