import { ago, coordination, MINUTE, past, said } from './fixture.ts';
import type { GuardValues } from './fixture.ts';

type Signal = GuardValues['signals'][number];
const firing = (...changeIds: string[]): Signal => ({ status: 'firing', changeIds });
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
  expect(echo(firing('ecs-svc/1'), { status: 'resolved', changeIds: [] }, { status: 'change', changeIds: [] })).toMatch(
    /^deny.*\(1 of 1 firing signal from our own changes;/,
  );
});

test('denies when nothing signals at all', () => {
  expect(echo()).toMatch(/^deny.*\(0 of 0 firing signals from our own changes;/);
});
