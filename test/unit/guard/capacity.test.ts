import type { ActionPlan } from '../../../core/contracts/action.ts';
import { costOf, inUsd } from '../../../core/guard/cost.ts';
import { ago, coordination, decisionFor, isoAgo, limits, MINUTE, other, own, said } from './fixture.ts';
import type { GuardValues } from './fixture.ts';

const withCoordination = (changes: Partial<GuardValues['coordination']>) => ({
  coordination: { ...coordination, ...changes },
});

describe('single flight', () => {
  const lease = (holder: string, age: number) =>
    said('single-flight', withCoordination({ lease: { holder, fencingToken: 3, expiresAt: ago(age) } }));
  const measured = (holder: string, age: number) =>
    `(lease of ${holder} until ${isoAgo(age)}; free, expired or our own; one action per workload)`;

  test('allows when nobody holds the lease', () => {
    expect(said('single-flight')).toBe(
      'allow: nobody holds the lease (no lease; free, expired or our own; one action per workload)',
    );
  });

  test("denies while another incident's lease runs, and allows from its expiry on", () => {
    expect(lease(other, -1)).toBe(`deny: ${other} is acting on this workload ${measured(other, -1)}`);
    expect(lease(other, 0)).toBe(`allow: the last lease has expired ${measured(other, 0)}`);
    expect(lease(other, MINUTE)).toBe(`allow: the last lease has expired ${measured(other, MINUTE)}`);
  });

  test('allows the holder itself', () => {
    expect(lease(own, -MINUTE)).toBe(`allow: this incident holds the lease itself ${measured(own, -MINUTE)}`);
  });
});

describe('concurrency', () => {
  test('allows below the limit and denies at it', () => {
    expect(said('concurrency', withCoordination({ acting: ['a'] }))).toBe(
      'allow: a slot for an action is free (1 other incident acting; fewer than 2; limits.maxConcurrentActions)',
    );
    expect(said('concurrency', withCoordination({ acting: ['a', 'b'] }))).toBe(
      'deny: too many incidents are acting at once ' +
        '(2 other incidents acting; fewer than 2; limits.maxConcurrentActions)',
    );
  });

  test('counts an incident once and this one not at all', () => {
    expect(said('concurrency', withCoordination({ acting: ['a', own, 'a'] }))).toMatch(/\(1 other incident acting;/);
  });
});

describe('budget', () => {
  test('allows the last action of the hour and denies the one after it', () => {
    expect(said('budget', withCoordination({ actionsThisHour: 5 }))).toBe(
      "allow: the hour's budget has room (5 actions this hour; fewer than 6; limits.maxActionsPerHour)",
    );
    expect(said('budget', withCoordination({ actionsThisHour: 6 }))).toBe(
      "deny: the hour's budget of actions is spent (6 actions this hour; fewer than 6; limits.maxActionsPerHour)",
    );
  });
});

describe('dependency group', () => {
  const held = (...leases: (readonly [string, number])[]) =>
    said(
      'dependency-group',
      withCoordination({
        groupLeases: leases.map(([holder, age]) => ({ holder, fencingToken: 1, expiresAt: ago(age) })),
      }),
    );
  const rule = 'none; one action per dependency group';

  test('allows when nobody acts beside it', () => {
    const clear =
      'allow: nobody acts on what this workload depends on, or on what depends on it ' +
      `(0 other incidents acting on workloads that depend on each other; ${rule})`;
    expect(held()).toBe(clear);
    expect(held([other, 0], [other, MINUTE])).toBe(clear);
    expect(held([own, -MINUTE])).toBe(clear);
  });

  test('denies while another incident acts on a workload of the group, and counts it once', () => {
    expect(held([other, -1], [own, -MINUTE], [other, -MINUTE])).toBe(
      `deny: ${other} is acting on a workload that this one depends on, or that depends on it ` +
        `(1 other incident acting on workloads that depend on each other; ${rule})`,
    );
    expect(held([other, -1], ['inc-b', -1])).toMatch(new RegExp(`^deny: ${other}, inc-b is acting`));
  });
});

describe('cost', () => {
  const cost = (plan: ActionPlan, spentTodayMicroUsd = 0, maxCostPerDayUsd = 20) =>
    said('cost', {
      decision: decisionFor(plan),
      limits: { ...limits, maxCostPerDayUsd },
      ...withCoordination({ spentTodayMicroUsd }),
    });
  const scaleOut: ActionPlan = { actionId: 'scaleOut', fromTasks: 4, toTasks: 6 };

  test('allows what the day has left, and denies a ten-thousandth more', () => {
    // Two tasks for a day at 0.05 USD an hour.
    expect(cost(scaleOut, 17_600_000)).toBe(
      "allow: the day's money suffices (17.6 USD spent today, this about 2.4 USD; " +
        'at most 20 USD a day; limits.maxCostPerDayUsd)',
    );
    expect(cost(scaleOut, 17_600_001)).toMatch(/^deny: the change may cost more than the day has left/);
    expect(cost(scaleOut, 0, 2.4)).toMatch(/^allow/);
    expect(cost(scaleOut, 0, 2.3999)).toMatch(/^deny/);
  });

  test.each<[ActionPlan, number | null, number]>([
    [scaleOut, 4, 2_400_000],
    [{ actionId: 'scaleOut', fromTasks: 6, toTasks: 4 }, 6, 0],
    [{ actionId: 'redeploy' }, 4, 50_000],
    [{ actionId: 'rollback', fromRevision: '2', toRevision: '1' }, null, 12_500],
    [{ actionId: 'restart', taskArns: ['t1', 't2'] }, 4, 25_000],
    [{ actionId: 'redrive', messages: 100 }, null, 120],
    [{ actionId: 'scaleIn', fromTasks: 4, toTasks: 2 }, 4, 0],
    [{ actionId: 'wait', seconds: 60 }, 4, 0],
    [{ actionId: 'escalate', reason: 'nothing helped' }, 4, 0],
  ])('%j of %p tasks may cost %d millionths', (plan, desired, expected) => {
    expect(costOf(plan, desired, 0.05)).toBe(expected);
  });

  test('is rounded up, and told in dollars', () => {
    expect(costOf({ actionId: 'redrive', messages: 1 }, null, 0)).toBe(2);
    expect([0, 9_999, 10_000, 2_400_000].map(inUsd)).toEqual(['0 USD', '0.01 USD', '0.01 USD', '2.4 USD']);
    expect([1_234, 423_456].map(inUsd)).toEqual(['0.0012 USD', '0.42 USD']);
  });
});
