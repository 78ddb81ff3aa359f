import { describePlan } from '../../../core/action/plan.ts';
import { hashPlan } from '../../../core/action/hash-plan.ts';
import { offersOf } from '../../../core/approval/offers.ts';
import { stepsByHand } from '../../../core/approval/steps.ts';
import type { ActionId, ActionPlan } from '../../../core/contracts/action.ts';
import type { Candidate } from '../../../core/contracts/decision.ts';
import type { Workload } from '../../../core/contracts/workload.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { RESTART, aDecision, aQueue, aService, aState, aTask, anEvidence } from '../../support/builders.ts';

const candidate = (
  actionId: ActionId,
  expectedMinutes: number | null,
  changes: Partial<Candidate> = {},
): Candidate => ({
  actionId,
  masked: null,
  expectedMinutes,
  recoverProbability: { mean: 0.5, low: 0.3, high: 0.7 },
  evidenceCount: 2,
  ...changes,
});

/** Idle, so that fewer tasks would do as well; with a revision to go back to. */
const evidence = anEvidence({
  workload: aService('payments', { minTasks: 1 }),
  state: aState({
    tasks: [aTask('t1', { sick: true }), aTask('t2')],
    stableRevision: {
      revision: 'arn:aws:ecs:eu-central-1:111122223333:task-definition/payments:6',
      deploymentId: 'ecs-svc/6',
      createdAt: '2026-11-19T05:30:00.000Z',
      stable: true,
    },
  }),
  symptoms: { present: ['lowUtil'], absent: [] },
});

const offers = (...candidates: readonly Candidate[]) =>
  offersOf(aDecision(RESTART, { candidates: [candidate('restart', 4), ...candidates] }), evidence, [], sha256);
const alternatives = (...candidates: readonly Candidate[]): readonly ActionId[] =>
  offers(...candidates).alternatives.map(({ actionId }) => actionId);

describe('what a person can say yes to', () => {
  test('is the plan of the decision, with all that is expected of it', () => {
    expect(offersOf(aDecision(), evidence, [], sha256).proposal).toEqual({
      actionId: 'restart',
      plan: RESTART,
      planHash: hashPlan(RESTART, sha256),
      summary: 'restart 1 sick task',
      expectedMinutes: 4,
      recoverProbability: { mean: 0.8, low: 0.6, high: 0.95 },
      evidenceCount: 3,
      risk: 'low',
      reversible: true,
      steps: ['aws ecs stop-task --cluster shop --task t1'],
    });
  });

  test('and each alternative, planned from the same evidence, under its own hash', () => {
    const plan: ActionPlan = { actionId: 'scaleOut', fromTasks: 2, toTasks: 4 };
    expect(offers(candidate('scaleOut', 7)).alternatives).toEqual([
      {
        actionId: 'scaleOut',
        plan,
        planHash: hashPlan(plan, sha256),
        summary: 'scale out from 2 to 4 tasks',
        expectedMinutes: 7,
        recoverProbability: { mean: 0.5, low: 0.3, high: 0.7 },
        evidenceCount: 2,
        risk: 'low',
        reversible: true,
        steps: ['aws ecs update-service --cluster shop --service payments --desired-count 4'],
      },
    ]);
  });

  test('says what cannot be undone', () => {
    const plan: ActionPlan = { actionId: 'redrive', messages: 3 };
    const { proposal } = offersOf(aDecision(plan), anEvidence({ workload: aQueue() }), [], sha256);
    expect(proposal).toMatchObject({ reversible: false, risk: 'medium' });
  });

  test('of a plan that was no candidate nothing is expected', () => {
    const { proposal } = offersOf(aDecision(RESTART, { candidates: [] }), evidence, [], sha256);
    expect(proposal).toMatchObject({ expectedMinutes: null, recoverProbability: null, evidenceCount: 0 });
  });
});

describe('the alternatives', () => {
  const likely = (actionId: ActionId, expectedMinutes: number | null) =>
    candidate(actionId, expectedMinutes, { recoverProbability: { mean: 0.6, low: 0.4, high: 0.8 } });

  test('come best first, at most three; one of which nothing is known comes last', () => {
    const [known, better, unknown] = [candidate('redeploy', 9), candidate('scaleOut', 8), likely('scaleIn', null)];
    expect(alternatives(known, better)).toEqual(['scaleOut', 'redeploy']);
    expect(alternatives(unknown, known)).toEqual(['redeploy', 'scaleIn']);
    expect(alternatives(known, better, likely('rollback', 10), candidate('scaleIn', 11))).toEqual([
      'scaleOut',
      'redeploy',
      'rollback',
    ]);
  });

  test('are neither what is proposed, nor what cannot apply, nor what changes nothing', () => {
    expect(alternatives(candidate('redeploy', 9, { masked: 'not now' }))).toEqual([]);
    expect(alternatives(candidate('wait', 1), candidate('escalate', 30))).toEqual([]);
    expect(alternatives()).toEqual([]);
  });

  test('are not what the guards refuse after a yes: stronger than something that helps as likely', () => {
    expect(alternatives(candidate('rollback', 10))).toEqual([]);
    expect(alternatives(likely('rollback', 10))).toEqual(['rollback']);
    expect(alternatives(likely('rollback', 10), likely('redeploy', 12))).toEqual(['redeploy']);
    expect(alternatives(likely('rollback', 10), { ...likely('redeploy', 12), masked: 'not now' })).toEqual([
      'rollback',
    ]);
  });

  test('are not what can no longer be planned', () => {
    const tried = [1, 2].map(() => ({ actionId: 'redeploy' as const, outcome: 'unchanged' as const }));
    const decision = aDecision(RESTART, { candidates: [candidate('redeploy', 9), candidate('scaleOut', 8)] });
    const left = offersOf(decision, evidence, tried as never, sha256).alternatives;
    expect(left).toHaveLength(1);
    expect(left[0]?.actionId).toBe('scaleOut');
  });
});

describe('by hand', () => {
  const fn = {
    ...aService(),
    kind: 'lambda-function',
    functionName: 'shop-orders',
    aliasName: 'live',
  } as unknown as Workload;
  const queue = aQueue();
  const arn = (name: string): string => aTask(name).taskArn;

  test.each<[string, ActionPlan, Workload, readonly string[]]>([
    [
      'each sick task of a service is stopped',
      { actionId: 'restart', taskArns: [arn('t1'), arn('t2')] },
      aService(),
      ['aws ecs stop-task --cluster shop --task t1', 'aws ecs stop-task --cluster shop --task t2'],
    ],
    [
      'a service is redeployed',
      { actionId: 'redeploy' },
      aService(),
      ['aws ecs update-service --cluster shop --service payments --force-new-deployment'],
    ],
    [
      'a service is scaled out',
      { actionId: 'scaleOut', fromTasks: 2, toTasks: 4 },
      aService(),
      ['aws ecs update-service --cluster shop --service payments --desired-count 4'],
    ],
    [
      'a service is scaled in',
      { actionId: 'scaleIn', fromTasks: 2, toTasks: 1 },
      aService(),
      ['aws ecs update-service --cluster shop --service payments --desired-count 1'],
    ],
    [
      'a service goes back',
      { actionId: 'rollback', fromRevision: 'a/payments:7', toRevision: 'a/payments:6' },
      aService(),
      ['aws ecs update-service --cluster shop --service payments --task-definition payments:6'],
    ],
    [
      'a function goes back',
      { actionId: 'rollback', fromRevision: '7', toRevision: '6' },
      fn,
      ['aws lambda update-alias --function-name shop-orders --name live --function-version 6'],
    ],
    [
      'messages are moved back',
      { actionId: 'redrive', messages: 12 },
      queue,
      [
        `Look at what lies in ${queue.deadLetterQueueUrl}: a message that cannot be handled comes back.`,
        `Start a redrive of 12 messages to ${queue.queueUrl} (SQS console, "Start DLQ redrive").`,
      ],
    ],
  ])('%s', (_, plan, workload, steps) => expect(stepsByHand(plan, workload)).toEqual(steps));

  test.each<[ActionPlan, Workload]>([
    [{ actionId: 'wait', seconds: 30 }, aService()],
    [{ actionId: 'redrive', messages: 2 }, aService()],
    [{ actionId: 'escalate', reason: 'a person is needed' }, aService()],
    [{ actionId: 'restart', taskArns: [] as never }, aService()],
    [{ actionId: 'wait', seconds: 30 }, fn],
    [{ actionId: 'wait', seconds: 30 }, queue],
  ])('what no command does is said in words: %j', (plan, workload) => {
    expect(stepsByHand(plan, workload)).toEqual([`By hand: ${describePlan(plan)}.`]);
  });
});
