import { ago, coordination, firing, MINUTE, own, past, said } from './fixture.ts';
import type { GuardValues } from './fixture.ts';

type Signal = GuardValues['signals'][number];
const history = [past(ago(2 * MINUTE), { changeIds: ['ecs-svc/1'] }), past(ago(MINUTE), { changeIds: ['ecs-svc/2'] })];
const echo = (...signals: Signal[]) => said('own-echo', { signals, coordination: { ...coordination, history } });
const rule = 'at least 1 that is not; own-echo rule';

test('denies when all firing signals come from changes of ours', () => {
  expect(echo(firing('ecs-svc/1'), firing('task/9', 'ecs-svc/2'))).toBe(
    `deny: nothing but our own changes signals (2 of 2 firing signals from our own changes; ${rule})`,
  );
});

test('allows when one firing signal comes from something else', () => {
  expect(echo(firing('ecs-svc/1'), firing())).toBe(
    `allow: something other than our own changes signals (1 of 2 firing signals from our own changes; ${rule})`,
  );
  expect(echo(firing('ecs-svc/7'))).toMatch(/^allow.*\(0 of 1 firing signal from our own changes;/);
});

test('does not take a resolved signal or a change for a reason to act', () => {
  expect(echo(firing('ecs-svc/1'), { ...firing(), status: 'resolved' }, { ...firing(), status: 'change' })).toMatch(
    /^deny.*\(1 of 1 firing signal from our own changes;/,
  );
});

test('denies when nothing signals at all', () => {
  expect(echo()).toMatch(/^deny.*\(0 of 0 firing signals from our own changes;/);
});

test('knows an event from outside by the incident that made the change', () => {
  const [first] = history;
  expect(echo(firing(first?.incidentId ?? ''))).toMatch(/^deny/);
  const itself = [past(ago(MINUTE), { incidentId: own, changeIds: [] })];
  expect(said('own-echo', { signals: [firing(own)], coordination: { ...coordination, history: itself } })).toMatch(
    /^allow/,
  );
});

describe('an alarm about missing tasks', () => {
  const missing = (age: number): Signal => ({ ...firing(), role: 'runningTaskCount', occurredAt: ago(age) });
  const afterOur = (actionId: 'restart' | 'scaleIn' | 'redeploy' | 'rollback' | 'scaleOut', signal: Signal) =>
    said('own-echo', {
      signals: [signal],
      coordination: { ...coordination, history: [past(ago(10 * MINUTE), { actionId })] },
    }).split(':')[0];

  test('is an echo while the workload settles after tasks were stopped', () => {
    expect(afterOur('restart', missing(10 * MINUTE))).toBe('deny');
    expect(afterOur('restart', missing(10 * MINUTE + 1))).toBe('allow');
    expect(afterOur('restart', missing(5 * MINUTE + 1))).toBe('deny');
    expect(afterOur('restart', missing(5 * MINUTE))).toBe('allow');
    for (const actionId of ['scaleIn', 'redeploy', 'rollback'] as const) {
      expect(afterOur(actionId, missing(9 * MINUTE))).toBe('deny');
    }
  });

  test('is none after an action that stops nothing, and neither is an alarm about anything else', () => {
    expect(afterOur('scaleOut', missing(9 * MINUTE))).toBe('allow');
    expect(afterOur('restart', { ...missing(9 * MINUTE), role: 'errorRate' })).toBe('allow');
  });

  test("is none after this incident's own attempt", () => {
    const itself = [past(ago(10 * MINUTE), { incidentId: own })];
    const changes = { signals: [missing(9 * MINUTE)], coordination: { ...coordination, history: itself } };
    expect(said('own-echo', changes)).toMatch(/^allow/);
  });
});
