import { listPeople } from '../approval/binding.ts';
import type { AppliedAction } from '../contracts/action.ts';
import type { Decision } from '../contracts/decision.ts';
import type { Evidence } from '../contracts/evidence.ts';
import type { JournalKind, JournalRecord } from '../contracts/journal.ts';
import type { Disposition, Validation } from '../contracts/loop-state.ts';
import type { Outcome } from '../contracts/outcome.ts';
import type { Approval, Verdict } from '../contracts/verdict.ts';
import { foreseenSymptoms } from '../evidence/foreseen.ts';
import { describeDoubt, describeForecast } from '../forecast/outlook.ts';
import { durationMs, elapsed, formatDuration, fromIso } from '../shared/units.ts';
import { considered } from './considered.ts';
import { explainRequest, isRequested } from './requested.ts';
import { describeSymptom, list, minutesText, percentText } from './wording.ts';

/**
 * The account of an attempt, in sentences, from its records alone: what was seen, what was considered and why not, what
 * the guards said, what was done, what happened, how long it took, what could not be seen.
 *
 * @param records - the incident's chain so far; the newest record of each kind speaks for the attempt
 * @param endedAt - ISO 8601; by default when the newest record was written
 */
export const explainAttempt = (
  records: readonly JournalRecord[],
  attempt: number,
  disposition: Disposition,
  approval: Approval | null,
  endedAt?: string,
): string => {
  if (isRequested(records)) return explainRequest(records, disposition, approval);
  const opened = find(records, 'incident_opened');
  const ofAttempt = records.filter((record) => record.attempt === attempt);
  const evidence = find(ofAttempt, 'evidence_gathered')?.body;
  const validation = find(ofAttempt, 'evidence_validated')?.body;
  const decision = find(ofAttempt, 'action_decided')?.body;
  const verdict = find(ofAttempt, 'verdict_given')?.body;
  const outcome = find(ofAttempt, 'outcome_measured')?.body;
  return [
    opened && evidence && seen(opened.body.signal.summary, evidence),
    evidence && diagnosed(evidence),
    evidence && foreseen(evidence),
    validation && validated(validation),
    decision && considered(decision),
    verdict && guarded(verdict, approval),
    ...acted(ofAttempt),
    outcome && happened(outcome),
    outcome && decision && compared(decision, outcome),
    took(records, disposition, endedAt),
    evidence && unseen(evidence),
  ]
    .filter((sentence): sentence is string => typeof sentence === 'string' && sentence !== '')
    .join(' ');
};

type Of<K extends JournalKind> = Extract<JournalRecord, { readonly kind: K }>;

const find = <K extends JournalKind>(records: readonly JournalRecord[], kind: K): Of<K> | undefined =>
  records.findLast((record): record is Of<K> => record.kind === kind);

const seen = (summary: string, evidence: Evidence): string => {
  const ahead = evidence.forecast === undefined ? [] : foreseenSymptoms(evidence.forecast);
  const symptoms = evidence.symptoms.present.filter((symptom) => !ahead.includes(symptom)).map(describeSymptom);
  const more = evidence.signals.length > 1 ? ` and ${evidence.signals.length - 1} more signals` : '';
  const shows = symptoms.length > 0 ? ` The evidence shows ${list(symptoms)}.` : '';
  return `${evidence.workload.workloadId}: ${summary}${more}.${shows}`;
};

const METRIC_WORDS = { latency: 'waiting', availability: 'failed calls' } as const;

/** Which workload is the cause, and which only suffered; nothing where nobody had a reason to ask. */
const diagnosed = ({ workload, diagnosis }: Evidence): string => {
  if (diagnosis === undefined || diagnosis.answer === 'none') return '';
  const [cause] = diagnosis.causes;
  if (cause === undefined) return '';
  const { alarmed, victims } = diagnosis;
  const share = `${Math.round(cause.share * 100)} % of the extra ${METRIC_WORDS[cause.metric]} at ${alarmed}`;
  const suffered = victims.filter((id) => id !== cause.workloadId);
  return [
    `The metrics name ${cause.workloadId} as the cause: it accounts for ${share} (${cause.reason.replace(/\.$/, '')}).`,
    suffered.length === 0 ? '' : `${list(suffered)} only suffered from it.`,
    workload.workloadId === cause.workloadId
      ? ''
      : `It keeps its own objectives, so ${workload.workloadId}, the deepest workload in alarm, is healed first.`,
  ]
    .filter((sentence) => sentence !== '')
    .join(' ');
};

const foreseen = ({ forecast }: Evidence): string =>
  forecast === undefined
    ? ''
    : `This was preventive: nothing was wrong yet, so only gentle actions were considered. The forecast: ${describeForecast(forecast)}; with 95 % ${describeDoubt(forecast)}.`;

const validated = (validation: Validation): string => {
  if (validation.result === 'proceed') return `At that time ${list(validation.reading.reasons)}.`;
  const failed = validation.checks.filter((check) => !check.passed).map((check) => check.reason);
  return `${validation.reading.healthy ? 'There was nothing to heal' : 'It was not healed'}: ${list(failed)}.`;
};

const guarded = (verdict: Verdict, approval: Approval | null): string => {
  const of = (result: 'ask' | 'deny') =>
    verdict.guards.filter((guard) => guard.result === result).map((guard) => `${guard.guard} (${guard.reason})`);
  const isAnswered = verdict.question !== undefined && approval !== null && verdict.verdict !== 'ask';
  const consent = isAnswered ? `A person was asked. ${answered(approval)} ` : '';
  if (verdict.verdict === 'deny') return `${consent}The guards refused it: ${list(of('deny'))}.`;
  if (verdict.verdict === 'allow') {
    return isAnswered
      ? `${consent}All guards looked again and none denied it.`
      : `All ${verdict.guards.length} guards allowed it.`;
  }
  return `The guards asked for a person: ${list(of('ask'))}. ${answered(approval)}`;
};

const answered = (approval: Approval | null): string => {
  if (approval === null) return 'The answer was not recorded.';
  if (approval.answer === 'expired') return 'Nobody answered in time, which is a no.';
  const reason = approval.reason === null ? '' : ` (${approval.reason})`;
  const who = approval.approver === null ? 'Somebody' : listPeople(approval);
  return `${who} ${ANSWERED[approval.answer]}${reason}.`;
};

const ANSWERED = { approve: 'approved it', decline: 'declined it', takeover: 'took it over by hand' } as const;

const acted = (records: readonly JournalRecord[]): string[] => {
  const applied = find(records, 'action_applied')?.body;
  const undone = find(records, 'action_undone')?.body;
  return [applied === undefined ? '' : `Done: ${applied.detail}.`, undone === undefined ? '' : takenBack(undone)];
};

const takenBack = ({ status, detail }: AppliedAction): string =>
  status === 'undone'
    ? `Undone because it made things worse: ${detail}.`
    : `It made things worse and was not undone: ${detail}.`;

const happened = (outcome: Outcome): string => {
  switch (outcome.status) {
    case 'recovered':
      return `It recovered within ${minutesText(outcome.minutes)} of the action and stayed well: ${outcome.reason}.`;
    case 'self_recovered':
      return 'It recovered by itself, so no action gets the credit.';
    case 'improved':
    case 'unchanged':
    case 'worse':
    case 'pending':
      return `It did not recover: ${outcome.reason}.`;
  }
};

/** What was predicted against what was realised, both in minutes of user impact. */
const compared = ({ candidates, plan, replay }: Decision, outcome: Outcome): string => {
  const predicted = candidates.find(({ actionId }) => actionId === plan.actionId);
  if (replay === undefined || predicted?.expectedMinutes == null || predicted.recoverProbability === null) return '';
  if (outcome.status === 'pending') return '';
  const realised = minutesText(outcome.minutes * outcome.before.impact);
  const chance = `recovery with ${percentText(predicted.recoverProbability.mean)}`;
  return outcome.status === 'recovered' || outcome.status === 'self_recovered'
    ? `Predicted: ${chance}, ${minutesText(predicted.expectedMinutes)} of user impact; realised: recovery, ${realised}.`
    : `Predicted: ${chance}; realised: none, after ${realised} of user impact.`;
};

const ENDINGS: Readonly<Record<Disposition, string>> = {
  recovered: 'The incident was over',
  escalated: 'It was handed to a person',
  dismissed: 'It was dismissed',
  retry: 'The next attempt began',
};

const took = (records: readonly JournalRecord[], disposition: Disposition, endedAt?: string): string => {
  const opened = find(records, 'incident_opened');
  const last = records.at(-1);
  if (opened === undefined || last === undefined) return '';
  // The signal's time is of another clock, which may be ahead of ours.
  const lasted = Math.max(0, elapsed(fromIso(opened.body.signal.occurredAt), fromIso(endedAt ?? last.at)));
  return `${ENDINGS[disposition]} ${formatDuration(durationMs(lasted))} after the first signal.`;
};

const unseen = (evidence: Evidence): string =>
  evidence.notSeen.length === 0 ? '' : `Not seen: ${evidence.notSeen.join('; ')}.`;
