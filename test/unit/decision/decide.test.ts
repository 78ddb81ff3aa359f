import { ActionIdSchema } from '../../../core/contracts/action.ts';
import type { JournalEntry } from '../../../core/contracts/journal.ts';
import type { Evidence } from '../../../core/contracts/evidence.ts';
import { creditFromJournal } from '../../../core/decision/credit-journal.ts';
import { hashPlan } from '../../../core/action/hash-plan.ts';
import { decide, symptomTable } from '../../../core/decision/decide.ts';
import { considered } from '../../../core/explanation/considered.ts';
import type { Catalogue } from '../../../core/learning/catalogue.ts';
import { creditIncident } from '../../../core/learning/credit.ts';
import { defaultCatalogue } from '../../../core/learning/default-catalogue.ts';
import { applyDeltas, type QTable } from '../../../core/learning/evidence.ts';
import { canonicalJson } from '../../../core/journal/canonical-json.ts';
import type { Json } from '../../../core/journal/canonical-json.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import {
  aChain,
  aDecision,
  aLimits,
  anEvidence,
  anOutcome,
  aState,
  isoAt,
  OPENED,
  RESTART,
} from '../../support/builders.ts';

const choose = (evidence: Evidence, changes: Partial<Parameters<typeof decide>[0]> = {}) =>
  decide({
    incidentId: 'inc-20261121-053000-payments-1a2b3c',
    evidence,
    tried: [],
    attempt: 1,
    limits: aLimits(),
    catalogue: defaultCatalogue,
    table: new Map(),
    modelVersion: 'catalogue 1, live evidence',
    sha256,
    ...changes,
  });

const stable = { revision: 'payments:6', deploymentId: 'd6', createdAt: isoAt(-86_400), stable: true };
const badDeployment = anEvidence({
  state: aState({ stableRevision: stable, lastChange: 'code' }),
  symptoms: { present: ['errHigh', 'recentDeploy'], absent: ['taskExit', 'memHigh', 'cpuHigh', 'latHigh'] },
});

describe('decide', () => {
  test('same input, same decision, bit for bit', () => {
    const text = () => canonicalJson(choose(anEvidence()) as unknown as Json);
    expect(text()).toBe(text());
  });

  test('rolls a bad deployment back, as the runbook would', () => {
    expect(choose(badDeployment)).toMatchObject({
      plan: { actionId: 'rollback', toRevision: 'payments:6' },
      runbookAction: 'rollback',
      risk: 'medium',
      reversible: true,
      belief: expect.arrayContaining([expect.objectContaining({ hypothesis: 'badDeploy' })]),
    });
  });

  test('every action is among the candidates, with a value or the reason why not', () => {
    const { candidates } = choose(anEvidence());
    expect(candidates.map(({ actionId }) => actionId)).toEqual(ActionIdSchema.options);
    for (const { actionId, masked, expectedMinutes } of candidates) {
      expect({ actionId, known: (masked === null) === (expectedMinutes !== null) }).toEqual({ actionId, known: true });
    }
  });

  test('never chooses what is masked', () => {
    const none = { ...badDeployment.workload, allowedActions: [] };
    const decision = choose({ ...badDeployment, workload: none });
    expect(['wait', 'escalate']).toContain(decision.plan.actionId);
    for (const evidence of [anEvidence(), badDeployment]) {
      const { plan, candidates } = choose(evidence);
      expect(candidates.find(({ actionId }) => actionId === plan.actionId)?.masked).toBeNull();
    }
  });

  test('after all attempts a person is called, and that is the reason', () => {
    const tried = ['restart', 'redeploy', 'rollback'].map((actionId) => ({
      actionId: ActionIdSchema.parse(actionId),
      outcome: 'unchanged' as const,
    }));
    expect(choose(anEvidence(), { tried, attempt: 4 }).plan).toEqual({
      actionId: 'escalate',
      reason: 'all attempts are used up',
    });
  });

  test('the hash is that of the plan: what an approval is bound to', () => {
    const decision = choose(badDeployment);
    expect(decision.planHash).toBe(hashPlan(decision.plan, sha256));
    expect(hashPlan({ actionId: 'restart', taskArns: ['b', 'a'] }, sha256)).not.toBe(
      hashPlan({ actionId: 'restart', taskArns: ['a', 'b'] }, sha256),
    );
  });

  test('a symptom is present, absent, or not known', () => {
    expect(symptomTable(anEvidence())).toMatchObject({ errHigh: true, latHigh: false, diskHigh: null });
  });
});

describe('creditFromJournal', () => {
  const gathered = { kind: 'evidence_gathered', body: badDeployment } as const;
  const applied = (status: 'applied' | 'refused' | 'not_needed'): JournalEntry => ({
    kind: 'action_applied',
    body: { actionId: 'restart', status, startedAt: isoAt(1), endedAt: isoAt(2), changeIds: [], detail: 'done' },
  });
  const measured = (status: 'recovered' | 'unchanged' | 'worse' | 'self_recovered' | 'pending') =>
    ({ kind: 'outcome_measured', body: anOutcome({ status, minutes: 3 }) }) as const;
  const learn = (...entries: Parameters<typeof aChain>[0]) =>
    creditFromJournal(aChain([OPENED, gathered, ...entries]), defaultCatalogue, new Map(), 'dev');
  const counted = (deltas: ReturnType<typeof learn>, name: string): number =>
    deltas.reduce((sum, { add }) => sum + (add[name] ?? 0), 0);

  test('a recovery speaks for the action, in shares that add up to one incident', () => {
    const deltas = learn(applied('applied'), measured('recovered'));
    expect(counted(deltas, 'fixed.restart')).toBeGreaterThan(0.9);
    expect(counted(deltas, 'fixed.restart')).toBeLessThanOrEqual(1);
    expect(counted(deltas, 'failed.restart')).toBe(0);
  });
  test('what made it worse says so', () => {
    expect(counted(learn(applied('applied'), measured('worse')), 'worse.restart')).toBeGreaterThan(0.9);
  });
  test('a recovery by itself gives the planned action no credit', () => {
    expect(counted(learn(applied('not_needed'), measured('self_recovered')), 'fixed.restart')).toBe(0);
  });
  test('nothing tried, nothing learned', () => {
    expect(learn()).toEqual([]);
    expect(learn({ kind: 'action_decided', body: aDecision(RESTART) })).toEqual([]);
    expect(learn(applied('refused'), measured('unchanged'))).toEqual([]);
    expect(learn(applied('applied'), measured('pending'))).toEqual([]);
    expect(creditFromJournal(aChain([OPENED]), defaultCatalogue, new Map(), 'dev')).toEqual([]);
  });
});

describe('a catalogue row that is wrong', () => {
  // As in bench:correction: a hang, it says, is cured by more tasks and hardly ever by a restart.
  const wrong: Catalogue = {
    ...defaultCatalogue,
    hypotheses: defaultCatalogue.hypotheses.map((row) =>
      row.id === 'deadlock'
        ? {
            ...row,
            cures: { scaleOut: 'veryLikely', restart: 'unlikely', redeploy: 'unlikely' },
            runbook: ['scaleOut'],
          }
        : row,
    ),
  };
  const hang = anEvidence({
    symptoms: { present: ['latHigh', 'healthFail'], absent: ['cpuHigh', 'memHigh', 'taskExit', 'dbConnSat', 'depErr'] },
  });

  test('is corrected within the first few incidents, and the explanation says so', () => {
    let table: QTable = new Map();
    const first = () => choose(hang, { catalogue: wrong, table });
    const choices = Array.from({ length: 8 }, () => {
      const choice = first().plan.actionId;
      const step = { minutes: 3, worse: false, relapsed: null };
      const vain = choice === 'restart' ? [] : [{ ...step, action: choice, recovered: false }];
      const steps = [...vain, { ...step, action: 'restart', recovered: true }];
      const symptoms = symptomTable(hang);
      table = applyDeltas(table, creditIncident({ catalogue: wrong, table, symptoms, steps }));
      return choice;
    });
    expect(choices[0]).toBe('scaleOut');
    expect(new Set(choices.slice(5))).toEqual(new Set(['restart']));
    const corrected = first();
    expect(corrected).toMatchObject({ plan: { actionId: 'restart' }, runbookAction: 'scaleOut' });
    expect(considered(corrected)).toMatch(
      /The runbook would have chosen scaleOut: that is expected to cost .* more by what was learned \(outcomes seen here: 1\.9 of restart, .* of scaleOut\)\./,
    );
  });
});
