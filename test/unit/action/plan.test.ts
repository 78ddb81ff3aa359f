import { ACTIONS } from '../../../core/action/catalogue.ts';
import { describePlan, planAction, shortName } from '../../../core/action/plan.ts';
import type { ActionPlan } from '../../../core/contracts/action.ts';
import { ActionIdSchema, ActionPlanSchema } from '../../../core/contracts/action.ts';
import type { Evidence, WorkloadState } from '../../../core/contracts/evidence.ts';
import { anEvidence, aQueue, aService, aState, aTask } from '../../support/builders.ts';

const stable = {
  revision: 'arn:x:task-definition/payments:6',
  deploymentId: 'd6',
  createdAt: '2026-11-20T00:00:00.000Z',
  stable: true,
};
const inState = (changes: Partial<WorkloadState>): Evidence => anEvidence({ state: aState(changes) });
const withSymptoms = (evidence: Evidence, ...present: Evidence['symptoms']['present']): Evidence => ({
  ...evidence,
  symptoms: { present, absent: [] },
});
const why = (actionId: Parameters<typeof planAction>[0], evidence: Evidence): string => {
  const planned = planAction(actionId, evidence, []);
  return planned.ok ? describePlan(planned.value) : `no: ${planned.error}`;
};
const queue = (deadLetters: number | null): Evidence =>
  anEvidence({ workload: aQueue(), state: aState({ deadLetters, tasks: [], desired: null, running: null }) });

describe('what applies, and why not', () => {
  test.each<[string, Parameters<typeof planAction>[0], Evidence, string]>([
    ['sick tasks', 'restart', inState({ tasks: [aTask('a', { sick: true }), aTask('b')] }), 'restart 1 sick task'],
    ['no sick task', 'restart', inState({ tasks: [aTask('a')] }), 'no: no single task stands out as sick'],
    ['a running service', 'redeploy', inState({}), 'replace every task of the same revision'],
    ['a service at rest', 'redeploy', inState({ desired: 0 }), 'no: the service is meant to run no task'],
    [
      'a suspect revision with a way back',
      'redeploy',
      withSymptoms(inState({ stableRevision: stable }), 'recentDeploy'),
      'no: would only start the new revision again, and rolling back replaces every task too',
    ],
    [
      'a suspect revision without',
      'redeploy',
      withSymptoms(inState({}), 'recentDeploy'),
      'replace every task of the same revision',
    ],
    ['two tasks', 'scaleOut', inState({ desired: 2 }), 'scale out from 2 to 4 tasks'],
    ['near the maximum', 'scaleOut', inState({ desired: 5 }), 'scale out from 5 to 6 tasks'],
    ['below the minimum', 'scaleOut', inState({ desired: 0 }), 'scale out from 0 to 2 tasks'],
    ['the maximum', 'scaleOut', inState({ desired: 6 }), 'no: already at the registered maximum of 6 tasks'],
    ['an unknown number', 'scaleOut', inState({ desired: null }), 'no: the number of tasks could not be read'],
    ['idle tasks', 'scaleIn', withSymptoms(inState({ desired: 4 }), 'lowUtil'), 'scale in from 4 to 3 tasks'],
    [
      'the minimum',
      'scaleIn',
      withSymptoms(inState({ desired: 2 }), 'lowUtil'),
      'no: already at the registered minimum of 2 tasks',
    ],
    ['busy tasks', 'scaleIn', withSymptoms(inState({ desired: 4 })), 'no: the tasks are not idle'],
    [
      'load',
      'scaleIn',
      withSymptoms(inState({ desired: 4 }), 'lowUtil', 'errHigh'),
      'no: the service is under load (errHigh)',
    ],
    ['an unknown number', 'scaleIn', inState({ desired: null }), 'no: the number of tasks could not be read'],
    ['a stable revision', 'rollback', inState({ stableRevision: stable }), 'roll back from payments:7 to payments:6'],
    ['no stable revision', 'rollback', inState({}), 'no: there is no earlier revision that was stable'],
    [
      'the stable one running',
      'rollback',
      inState({ stableRevision: aState().currentRevision }),
      'no: the stable revision is already running',
    ],
    [
      'an unknown revision',
      'rollback',
      inState({ currentRevision: null }),
      'no: the current revision could not be read',
    ],
    ['dead letters', 'redrive', queue(7), 'move 7 messages back from the dead-letter queue'],
    ['a flood of them', 'redrive', queue(5_000), 'move 100 messages back from the dead-letter queue'],
    ['none', 'redrive', queue(0), 'no: the dead-letter queue is empty'],
    ['an unknown number', 'redrive', queue(null), 'no: the dead-letter queue could not be read'],
    ['a queue', 'restart', queue(7), 'no: does not apply to a queue'],
    ['a service', 'redrive', inState({}), 'no: does not apply to an ECS service'],
    ['anything', 'escalate', queue(0), 'call a person: a person is needed'],
    ['anything', 'wait', queue(0), 'wait 30 s and watch'],
  ])('%s: %s', (_, actionId, evidence, expected) => expect(why(actionId, evidence)).toBe(expected));

  test('what the owner does not allow is masked; waiting and calling a person are always allowed', () => {
    const evidence = {
      ...inState({ tasks: [aTask('a', { sick: true })] }),
      workload: aService('payments', { allowedActions: [] }),
    };
    expect(why('restart', evidence)).toBe('no: shop-team does not allow it for payments');
    expect(why('wait', evidence)).toBe('wait 30 s and watch');
    expect(why('escalate', evidence)).toBe('call a person: a person is needed');
  });

  test('the same action is tried twice, not a third time', () => {
    const evidence = inState({ tasks: [aTask('a', { sick: true })] });
    const tried = { actionId: 'restart', outcome: 'unchanged' } as const;
    expect(planAction('restart', evidence, [tried]).ok).toBe(true);
    expect(planAction('restart', evidence, [tried, tried])).toEqual({
      ok: false,
      error: 'was already tried 2 times in this incident',
    });
    expect(planAction('redeploy', evidence, [tried, tried]).ok).toBe(true);
  });
});

test('every plan is one that the contract takes', () => {
  for (const evidence of [anEvidence(), inState({ desired: 4, stableRevision: stable }), queue(3)]) {
    for (const id of ActionIdSchema.options) {
      const planned = planAction(id, evidence, []);
      if (planned.ok) expect(ActionPlanSchema.parse(planned.value)).toEqual(planned.value);
    }
  }
});

test('the catalogue has every action, and only what changes nothing is without risk', () => {
  expect(Object.keys(ACTIONS).sort()).toEqual([...ActionIdSchema.options].sort());
  for (const { mutates, risk } of Object.values(ACTIONS)) expect(risk === 'none').toBe(!mutates);
});

test('plans read as a clause', () => {
  const plan: ActionPlan = { actionId: 'restart', taskArns: ['a', 'b'] };
  expect(describePlan(plan)).toBe('restart 2 sick tasks');
  expect(shortName('arn:aws:ecs:eu-central-1:1:task-definition/payments:7')).toBe('payments:7');
  expect(shortName('12')).toBe('12');
});
