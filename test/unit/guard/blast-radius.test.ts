import type { ActionPlan } from '../../../core/contracts/action.ts';
import { calm, decisionFor, limits, said, state, task } from './fixture.ts';
import type { GuardValues } from './fixture.ts';

const plan = (plan: ActionPlan, changes: Partial<GuardValues> = {}) =>
  said('blast-radius', { decision: decisionFor(plan), ...changes });
const restartOf = (...taskArns: string[]): ActionPlan => ({ actionId: 'restart', taskArns });
const scaleOut = (toTasks: number): ActionPlan => ({ actionId: 'scaleOut', fromTasks: 4, toTasks });
const scaleIn = (toTasks: number): ActionPlan => ({ actionId: 'scaleIn', fromTasks: 4, toTasks });
const fleet = (healthy: number, sick: number) => ({
  desired: healthy + sick,
  tasks: Array.from({ length: healthy + sick }, (_, index) => task(`t${index + 1}`, index < sick)),
});
const share = '51 % healthy; limits.minHealthyPercent';
const lambda: GuardValues['workload'] = {
  kind: 'lambda-function',
  workloadId: 'mailer',
  owner: 'shop-team',
  tier: 'web',
  criticality: 2,
  allowedActions: [],
};

describe('restart', () => {
  test('of sick tasks is allowed, also when none is healthy', () => {
    expect(plan(restartOf('t1'))).toBe(`allow: no healthy task is taken away (3 of 4 tasks are healthy; ${share})`);
    expect(plan(restartOf('t1', 't2'), { state: fleet(0, 2) })).toBe(
      `allow: no healthy task is taken away (0 of 2 tasks are healthy; ${share})`,
    );
  });

  test('of healthy tasks must leave enough of them', () => {
    expect(plan(restartOf('t1', 't2'), { limits: { ...limits, minHealthyPercent: 50 } })).toBe(
      'allow: enough tasks stay healthy meanwhile (2 of 4 tasks stay healthy; 50 % healthy; limits.minHealthyPercent)',
    );
    expect(plan(restartOf('t1', 't2'))).toBe(
      `deny: too few tasks would stay healthy meanwhile (2 of 4 tasks stay healthy; ${share})`,
    );
  });

  test('counts a task named twice once, and one that nobody has seen as healthy', () => {
    expect(plan(restartOf('t2', 't2'), { state: fleet(4, 0) })).toMatch(/^allow.*\(3 of 4 tasks stay healthy/);
    expect(plan(restartOf('t8', 't9'))).toMatch(/^deny.*\(1 of 4 tasks stay healthy/);
  });

  test('counts only running tasks as healthy', () => {
    const pending = { desired: 3, tasks: [task('t1', false), task('t2', false), task('t3', false, 'PENDING')] };
    expect(plan(restartOf('t1'), { state: pending })).toMatch(/^deny.*\(1 of 3 tasks stay healthy/);
  });

  test('of healthy tasks is denied when none is wanted', () => {
    expect(plan(restartOf('t1'), { state: { desired: 0, tasks: [task('t1', false)] } })).toMatch(
      /^deny: too few tasks/,
    );
  });

  test('is denied when the number of tasks is not known', () => {
    expect(plan(restartOf('t1'), { state: { ...state, desired: null } })).toBe(
      `deny: how many tasks the workload has could not be read (task count not known; ${share})`,
    );
  });
});

describe('scaling out', () => {
  test('is allowed up to the most that the workload may have', () => {
    expect(plan(scaleOut(6))).toBe(
      'allow: scaleOut takes nothing away (4 to 6 tasks; more than now, at most 6; registration of payments)',
    );
    expect(plan(scaleOut(7))).toBe(
      'deny: scaling out to 7 tasks is not within what the workload may have ' +
        '(4 to 7 tasks; more than now, at most 6; registration of payments)',
    );
  });

  test('must add a task to those that are there now', () => {
    expect(plan(scaleOut(5))).toMatch(/^allow/);
    expect(plan(scaleOut(4))).toMatch(/^deny/);
  });

  test('is denied when the number of tasks is not known, and for a workload without tasks', () => {
    expect(plan(scaleOut(6), { state: { ...state, desired: null } })).toBe(
      `deny: how many tasks the workload has could not be read (task count not known; ${share})`,
    );
    expect(plan(scaleOut(6), { workload: lambda })).toMatch(/^deny: how many tasks/);
  });
});

describe('scaling in', () => {
  test('is allowed when enough of what remains is healthy even if healthy tasks go', () => {
    expect(plan(scaleIn(3), { state: fleet(4, 0) })).toBe(
      `allow: enough tasks stay healthy meanwhile (3 of 3 tasks stay healthy; ${share})`,
    );
    expect(plan(scaleIn(2))).toBe(
      `deny: too few tasks would stay healthy meanwhile (1 of 2 tasks stay healthy; ${share})`,
    );
  });

  describe('a service with more tasks than evidence holds', () => {
    const large = (sick: number, running?: number | null) => ({
      state: { ...fleet(50 - sick, sick), desired: 120, ...(running === undefined ? {} : { running }) },
      workload: { ...calm.workload, minTasks: 2, maxTasks: 200 } as GuardValues['workload'],
    });
    const fromMany: ActionPlan = { actionId: 'scaleIn', fromTasks: 120, toTasks: 119 };

    test('counts those left out by how many run, and by how well those are that were looked at', () => {
      expect(plan(fromMany, large(0, 120))).toMatch(/^allow.*\(119 of 119 tasks stay healthy/);
      expect(plan(fromMany, large(10, 120))).toMatch(/^allow.*\(95 of 119 tasks stay healthy/);
      expect(plan(fromMany, large(25, 120))).toMatch(/^deny.*\(59 of 119 tasks stay healthy/);
      expect(plan(fromMany, large(0, 60))).toMatch(/^deny.*\(59 of 119 tasks stay healthy/);
      expect(plan(fromMany, large(50, 120))).toMatch(/^deny.*\(0 of 119 tasks stay healthy/);
    });

    test.each([null, undefined])('takes none of them for healthy when %s are said to run', (running) => {
      expect(plan(fromMany, large(0, running))).toMatch(/^deny.*\(49 of 119 tasks stay healthy/);
    });

    test('has none left out while evidence has room', () => {
      const few = { ...fleet(4, 0), running: 400 };
      expect(plan(scaleIn(2), { state: { ...few, tasks: few.tasks.slice(0, 2) } })).toMatch(/^deny.*\(0 of 2 tasks/);
    });
  });

  test('is denied below the least that the workload may have', () => {
    expect(plan(scaleIn(2), { state: fleet(4, 0) })).toMatch(/^allow/);
    expect(plan(scaleIn(1), { state: fleet(4, 0) })).toBe(
      'deny: scaling in to 1 tasks is not within what the workload may have ' +
        '(4 to 1 tasks; fewer than now, at least 2; registration of payments)',
    );
  });

  test('must take a task away', () => {
    for (const toTasks of [4, 5]) {
      expect(plan(scaleIn(toTasks), { state: fleet(4, 0) })).toBe(
        `deny: scaling in to ${toTasks} tasks is not within what the workload may have ` +
          `(4 to ${toTasks} tasks; fewer than now, at least 2; registration of payments)`,
      );
    }
  });

  test('is denied when the number of tasks is not known, and for a workload without tasks', () => {
    expect(plan(scaleIn(3), { state: { ...state, desired: null } })).toMatch(
      /^deny: how many tasks the workload has could not be read.*\(task count not known; 51 % healthy;/,
    );
    expect(plan(scaleIn(3), { workload: lambda })).toMatch(/^deny: how many tasks/);
  });
});

test.each<[ActionPlan, string]>([
  [{ actionId: 'redeploy' }, 'allow: redeploy replaces step by step and keeps the healthy minimum'],
  [
    { actionId: 'rollback', fromRevision: '2', toRevision: '1' },
    'allow: rollback replaces step by step and keeps the healthy minimum',
  ],
  [{ actionId: 'redrive', messages: 3 }, 'allow: redrive takes nothing away'],
])('%j restores, however few are healthy', (restoring, expected) => {
  expect(plan(restoring, { state: fleet(0, 4) })).toBe(`${expected} (0 of 4 tasks are healthy; ${share})`);
});

test('a workload without tasks says so', () => {
  expect(plan({ actionId: 'redrive', messages: 3 }, { state: { desired: null, tasks: [] }, workload: lambda })).toMatch(
    /\(0 of no tasks are healthy;/,
  );
});

test.each<ActionPlan>([
  { actionId: 'wait', seconds: 60 },
  { actionId: 'escalate', reason: 'nothing helped' },
])('%j touches nothing', (passive) => {
  const { actionId } = passive;
  expect(plan(passive, { state: { ...calm.state, desired: null } })).toBe(
    `allow: ${actionId} changes nothing in the workload (${actionId}; limits changes only; action catalogue)`,
  );
});
