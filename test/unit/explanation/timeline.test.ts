import type { JournalEntry } from '../../../core/contracts/journal.ts';
import type { Phase } from '../../../core/explanation/timeline.ts';
import { attemptsOf, PHASES, phaseTime } from '../../../core/explanation/timeline.ts';
import {
  aChain,
  aDecision,
  anEvidence,
  anOutcome,
  aReading,
  aRecord,
  at,
  aValidation,
  aVerdict,
  healthyReading,
  isoAt,
  OPENED,
  RESTART,
} from '../../support/builders.ts';

const asked = aVerdict(RESTART, {
  verdict: 'ask',
  guards: [
    { guard: 'mode', result: 'ask', reason: 'manual mode', fact: 'manual', limit: 'auto acts', limitSource: 'mode' },
  ],
});

const upTo = {
  sense: [OPENED],
  validate: [OPENED, { kind: 'evidence_gathered', body: anEvidence() }],
  decide: [
    OPENED,
    { kind: 'evidence_gathered', body: anEvidence() },
    { kind: 'evidence_validated', body: aValidation() },
  ],
} satisfies Record<string, readonly JournalEntry[]>;
const decided: readonly JournalEntry[] = [...upTo.decide, { kind: 'action_decided', body: aDecision() }];
const judged = (verdict = aVerdict()): readonly JournalEntry[] => [
  ...decided,
  { kind: 'verdict_given', body: verdict },
];
const explained = (disposition: 'recovered' | 'escalated' | 'dismissed' | 'retry'): JournalEntry => ({
  kind: 'attempt_explained',
  body: { disposition, explanation: 'account' },
});

const statesOf = (entries: readonly JournalEntry[]): Partial<Record<string, Phase['state']>> =>
  Object.fromEntries((attemptsOf(aChain(entries)).at(-1)?.phases ?? []).map(({ name, state }) => [name, state]));

test('an incident without records has no attempt', () => {
  expect(attemptsOf([])).toEqual([]);
});

test.each([
  ['Sense', upTo.sense],
  ['Validate', upTo.validate],
  ['Decide', upTo.decide],
  ['Enforce', decided],
  ['Act', judged()],
  ['Explain', [...judged(), { kind: 'outcome_measured', body: anOutcome() } as const]],
])('%s runs after the record before it, and what comes later is pending', (name, entries) => {
  const states = statesOf(entries);
  expect(states[name]).toBe('running');
  expect(Object.values(states).filter((state) => state === 'running')).toHaveLength(1);
  for (const later of PHASES.slice(PHASES.indexOf(name as Phase['name']) + 1)) expect(states[later]).toBe('pending');
});

test('a dismissed incident skips from Validate to Explain', () => {
  const dismissed = { kind: 'evidence_validated', body: aValidation({ result: 'dismiss' }) } as const;
  expect(statesOf([...upTo.validate, dismissed])).toMatchObject({
    Decide: 'skipped',
    Observe: 'skipped',
    Explain: 'running',
  });
});

test.each([
  [healthyReading(17), 'nothing to heal: it is stale'],
  [aReading(), 'not healed: it is stale'],
])('what Validate dismisses is nothing to heal only where the workload is well', (reading, fact) => {
  const checks = [{ check: 'fresh', passed: false, reason: 'it is stale' }];
  const body = aValidation({ result: 'dismiss', reading, checks });
  const [attempt] = attemptsOf(aChain([...upTo.validate, { kind: 'evidence_validated', body }]));
  expect(attempt?.phases.find(({ name }) => name === 'Validate')?.fact).toBe(fact);
});

test('a refused action skips Act and Observe', () => {
  const entries = [...judged(aVerdict(RESTART, { verdict: 'deny' })), explained('escalated')];
  expect(statesOf(entries)).toMatchObject({ Enforce: 'done', Act: 'skipped', Observe: 'skipped', Explain: 'done' });
});

test('an open question waits in Enforce', () => {
  expect(statesOf(judged(asked))).toMatchObject({ Enforce: 'waiting_for_person', Act: 'pending' });
});

test('the time until the answer is the person’s, not the action’s', () => {
  const records = aChain(judged(asked));
  const approval = {
    answer: 'approve' as const,
    approver: 'ada',
    planHash: aDecision().planHash,
    answeredAt: isoAt(64),
    reason: null,
  };
  const intended = aRecord(
    records.at(-1) ?? null,
    { kind: 'action_intended', body: { plan: RESTART, approval } },
    { at: at(65) },
  );
  const phases = attemptsOf([...records, intended])[0]?.phases ?? [];
  expect(phases.find(({ name }) => name === 'Enforce')).toMatchObject({ state: 'done', endedAt: isoAt(64) });
  expect(phases.find(({ name }) => name === 'Act')).toMatchObject({ state: 'running', startedAt: isoAt(64) });
});

test('a loop that failed fails in the phase that did not end', () => {
  const failed = {
    kind: 'incident_escalated',
    body: { error: 'TimeoutError', cause: 'late', explanation: '' },
  } as const;
  const phases = attemptsOf(aChain([...upTo.decide, failed]))[0]?.phases ?? [];
  expect(phases.find(({ name }) => name === 'Decide')).toMatchObject({ state: 'failed', fact: 'TimeoutError: late' });
  expect(phases.find(({ name }) => name === 'Explain')).toMatchObject({ state: 'skipped' });
});

test('after a retry the next attempt begins where the last one ended', () => {
  const records = aChain([...judged(aVerdict(RESTART, { verdict: 'deny' })), explained('retry')]);
  const [first, second] = attemptsOf(records);
  expect(first?.phases.every(({ state }) => state === 'done' || state === 'skipped')).toBe(true);
  expect(second?.attempt).toBe(2);
  expect(second?.phases[0]).toMatchObject({ name: 'Sense', state: 'running', startedAt: records.at(-1)?.at });
});

test('the phases of a finished attempt follow each other without a gap', () => {
  const records = aChain([...judged(), { kind: 'outcome_measured', body: anOutcome() }, explained('recovered')]);
  const ran = (attemptsOf(records)[0]?.phases ?? []).filter(({ state }) => state === 'done');
  expect(ran[0]?.startedAt).toBe(records[0]?.at);
  for (const [index, phase] of ran.slice(1).entries()) expect(phase.startedAt).toBe(ran[index]?.endedAt);
  expect(ran.at(-1)?.endedAt).toBe(records.at(-1)?.at);
});

test('a running phase counts until now', () => {
  const [phase] = attemptsOf(aChain(upTo.sense))[0]?.phases ?? [];
  expect(phase && phaseTime(phase, at(4.5))).toBe('4.5 s');
});
