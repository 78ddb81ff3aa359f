import type * as z from 'zod';
import { describePlan } from '../action/plan.ts';
import type { AttemptSchema, PhaseSchema } from '../contracts/api/incidents.ts';
import { PhaseNameSchema } from '../contracts/api/incidents.ts';
import type { Decision } from '../contracts/decision.ts';
import type { JournalKind, JournalRecord } from '../contracts/journal.ts';
import type { Evidence } from '../contracts/evidence.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { describeSymptom } from './wording.ts';
import { epochMs, fromIso, inSeconds, percent, toIso } from '../shared/units.ts';

export const PHASES = PhaseNameSchema.options;
export type PhaseName = (typeof PHASES)[number];
export type Phase = Readonly<z.output<typeof PhaseSchema>>;
export type Attempt = z.output<typeof AttemptSchema>;

type Of<K extends JournalKind> = Extract<JournalRecord, { readonly kind: K }>;

const find = <K extends JournalKind>(records: readonly JournalRecord[], kind: K): Of<K> | undefined =>
  records.findLast((record): record is Of<K> => record.kind === kind);

/**
 * The seven phases of every attempt of an incident, from its records alone; the one that runs now is the one after the
 * newest record.
 *
 * @param records - the incident's chain, in order
 */
export const attemptsOf = (records: readonly JournalRecord[]): Attempt[] => {
  const opened = records[0];
  if (opened === undefined) return [];
  const last = records.at(-1);
  const goesOn = last?.kind === 'attempt_explained' && last.body.disposition === 'retry';
  const numbers = [...new Set([...records.map(({ attempt }) => attempt), ...(goesOn ? [last.attempt + 1] : [])])];
  return numbers.map((attempt) => {
    const before = records.findLast((record) => record.attempt < attempt) ?? opened;
    return { attempt, phases: phasesOf(records, attempt, before.at) };
  });
};

const phasesOf = (records: readonly JournalRecord[], attempt: number, begin: string): Phase[] => {
  const own = records.filter((record) => record.attempt === attempt && record.kind !== 'incident_opened');
  const done = finished(records, own);
  const next = nextPhase(own);
  const isWaiting = waitsForPerson(own);
  const failure = find(own, 'incident_escalated');
  let startedAt = begin;
  return PHASES.map((name): Phase => {
    const step = done[name];
    if (step !== undefined && name === 'Enforce' && isWaiting) {
      return { ...step, name, state: 'waiting_for_person', startedAt, endedAt: null, tone: 'plain' };
    }
    if (step !== undefined) {
      const phase: Phase = { name, state: 'done', startedAt, ...step };
      startedAt = step.endedAt;
      return phase;
    }
    const none = { name, endedAt: null, workMs: null };
    if (failure !== undefined && next === name) {
      const fact = `${failure.body.error}: ${failure.body.cause}`;
      return { ...none, state: 'failed', startedAt, endedAt: failure.at, fact, tone: 'bad' };
    }
    if (failure !== undefined || next === null)
      return { ...none, state: 'skipped', startedAt: null, fact: '', tone: 'plain' };
    if (next !== name || isWaiting) {
      const isBehind = PHASES.indexOf(name) < PHASES.indexOf(next);
      return { ...none, state: isBehind ? 'skipped' : 'pending', startedAt: null, fact: '', tone: 'plain' };
    }
    return { ...none, state: 'running', startedAt, fact: '', tone: 'plain' };
  });
};

/** A question is open: nobody has answered it, nothing was done and nothing concluded. */
const waitsForPerson = (own: readonly JournalRecord[]): boolean => {
  const last = own.at(-1);
  return last?.kind === 'verdict_given' && last.body.verdict === 'ask';
};

type Finished = Pick<Phase, 'workMs' | 'fact' | 'tone'> & { readonly endedAt: string };

/** What each phase recorded. An approval's answer ends Enforce: the time until then was the person's. */
const finished = (
  records: readonly JournalRecord[],
  own: readonly JournalRecord[],
): Partial<Record<PhaseName, Finished>> => {
  const opened = find(records, 'incident_opened');
  const sensed = find(own, 'evidence_gathered');
  const validated = find(own, 'evidence_validated');
  const decided = find(own, 'action_decided');
  const judged = find(own, 'verdict_given');
  const applied = find(own, 'action_applied');
  const measured = find(own, 'outcome_measured');
  const undone = find(own, 'action_undone');
  const explained = find(own, 'attempt_explained');
  const good = (record: JournalRecord, fact: string, isGood = true): Finished => ({
    endedAt: record.at,
    workMs: record.latencyMs,
    fact,
    tone: isGood ? 'good' : 'bad',
  });
  return {
    ...(sensed && { Sense: good(sensed, sensedFact(sensed.body, opened)) }),
    ...(validated && { Validate: { ...good(validated, validatedFact(validated)), tone: 'plain' } }),
    ...(decided && { Decide: { ...good(decided, decidedFact(decided.body)), tone: 'plain' } }),
    ...(judged && {
      Enforce: {
        ...good(judged, verdictFact(judged.body, own), judged.body.verdict !== 'deny'),
        endedAt: answeredAt(own) ?? judged.at,
      },
    }),
    ...(applied && { Act: good(applied, applied.body.detail, applied.body.status !== 'refused') }),
    ...(measured && { Observe: observed(measured, undone) }),
    ...(explained && {
      Explain: good(explained, ENDINGS[explained.body.disposition], explained.body.disposition === 'recovered'),
    }),
  };
};

/** A yes is checked from the start once more; until Act has run, that is what happens next. */
const AFTER_ANSWER = { approve: 'Act', takeover: 'Observe', decline: 'Explain', expired: 'Explain' } as const;

const nextPhase = (own: readonly JournalRecord[]): PhaseName | null => {
  const last = own.filter(({ kind }) => kind !== 'incident_escalated').at(-1);
  switch (last?.kind) {
    case undefined:
    case 'incident_opened':
      return 'Sense';
    case 'evidence_gathered':
      return 'Validate';
    case 'evidence_validated':
      return last.body.result === 'proceed' ? 'Decide' : 'Explain';
    case 'action_decided':
      return 'Enforce';
    case 'verdict_given':
      return last.body.verdict === 'deny' || find(own, 'action_decided')?.body.plan.actionId === 'escalate'
        ? 'Explain'
        : 'Act';
    case 'approval_answered':
      return AFTER_ANSWER[last.body.answer];
    case 'action_intended':
      return 'Act';
    case 'action_applied':
      return 'Observe';
    case 'outcome_measured':
    case 'action_undone':
      return 'Explain';
    case 'attempt_explained':
    case 'incident_escalated':
      return null;
  }
};

const sensedFact = (evidence: Evidence, opened: Of<'incident_opened'> | undefined): string => {
  const root = evidence.workload.workloadId;
  const alarmed = [...new Set(evidence.signals.map(({ workloadId }) => workloadId))].filter((id) => id !== root);
  const from = opened !== undefined && alarmed.length > 0 ? ` behind alarms of ${alarmed.join(', ')}` : '';
  const symptoms = evidence.symptoms.present.map(describeSymptom).join(', ');
  return `root ${root}${from}: ${symptoms === '' ? 'no symptom' : symptoms}`;
};

const validatedFact = ({ body }: Of<'evidence_validated'>): string =>
  body.result === 'proceed'
    ? `still wrong: ${body.reading.reasons.join('; ')}`
    : `${body.reading.healthy ? 'nothing to heal' : 'not healed'}: ${body.checks
        .filter(({ passed }) => !passed)
        .map(({ reason }) => reason)
        .join('; ')}`;

const decidedFact = (decision: Decision): string => {
  const top = decision.belief[0];
  const chosen = decision.candidates.find(({ actionId }) => actionId === decision.plan.actionId);
  const chance = chosen?.recoverProbability;
  const value = [
    chance === null || chance === undefined ? '' : `${percent(chance.mean)} to recover`,
    chosen?.expectedMinutes === null || chosen?.expectedMinutes === undefined
      ? ''
      : `${chosen.expectedMinutes.toFixed(1)} min expected`,
  ].filter((part) => part !== '');
  const cause = top === undefined ? '' : `${top.hypothesis} ${percent(top.probability)}, so `;
  return `${cause}${describePlan(decision.plan)}${value.length === 0 ? '' : ` (${value.join(', ')})`}`;
};

const verdictFact = (verdict: Verdict, own: readonly JournalRecord[]): string => {
  const against = verdict.guards.filter(({ result }) => result === verdict.verdict);
  const why = against.map(({ guard, reason }) => `${guard} (${reason})`).join('; ');
  // Records of before 2026-11-21 have an answer in the intent alone.
  const approval = find(own, 'approval_answered')?.body ?? find(own, 'action_intended')?.body.approval ?? null;
  const answer = approval === null ? '' : `${approval.approver ?? 'nobody'}: ${approval.answer}`;
  if (verdict.verdict === 'deny') return `refused: ${why}${answer === '' ? '' : ` (asked before; ${answer})`}`;
  if (verdict.verdict === 'allow') {
    return answer === '' ? `allowed by all ${verdict.guards.length} guards` : `asked a person; ${answer}`;
  }
  return `asked a person: ${why}${answer === '' ? '' : `; ${answer}`}`;
};

const answeredAt = (own: readonly JournalRecord[]): string | null => {
  if (find(own, 'verdict_given')?.body.verdict !== 'ask') return null;
  const answered = find(own, 'approval_answered');
  if (answered !== undefined) return answered.at;
  const intended = find(own, 'action_intended');
  if (intended?.body.approval) return intended.body.approval.answeredAt;
  const explained = find(own, 'attempt_explained');
  return explained === undefined || intended !== undefined
    ? null
    : toIso(epochMs(fromIso(explained.at) - explained.latencyMs));
};

const observed = (measured: Of<'outcome_measured'>, undone: Of<'action_undone'> | undefined): Finished => {
  const { status, reason } = measured.body;
  const isGood = status === 'recovered' || status === 'self_recovered';
  const undoing = undone === undefined ? '' : `; undone: ${undone.body.detail}`;
  return {
    endedAt: (undone ?? measured).at,
    workMs: measured.latencyMs + (undone?.latencyMs ?? 0),
    fact: `${status.replace('_', '-')}: ${reason}${undoing}`,
    tone: isGood ? 'good' : 'bad',
  };
};

const ENDINGS = {
  recovered: 'recovered',
  escalated: 'handed to a person',
  dismissed: 'dismissed, nothing was done',
  retry: 'not healed yet: the next attempt begins',
} as const;

/** Time of a phase from the end of the one before; a running one counts until `now` (epoch milliseconds). */
export const phaseTime = (phase: Phase, now: number): string => {
  if (phase.startedAt === null) return '';
  return inSeconds((phase.endedAt === null ? now : Date.parse(phase.endedAt)) - Date.parse(phase.startedAt));
};
