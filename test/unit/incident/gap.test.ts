import { describeGap, gapOf } from '../../../core/incident/gap.ts';
import { DependencyUnavailableError, PermissionDeniedError } from '../../../core/shared/errors.ts';
import { translate } from '../../../lambdas/adapters/sdk-errors.ts';
import { healingSystem } from '../../support/healing-system.ts';

const ROLE = 'arn:aws:sts::111122223333:assumed-role/Kintsugi-dev-Act/f';
const SERVICE = 'arn:aws:ecs:eu-central-1:111122223333:service/shop/payments';

const denied = translate(
  Object.assign(
    new Error(
      `User: ${ROLE} is not authorized to perform: ecs:UpdateService on resource: ${SERVICE} because no identity-based policy allows the ecs:UpdateService action`,
    ),
    { name: 'AccessDeniedException' },
  ),
  'ecs:UpdateService',
);
const throttled = translate(Object.assign(new Error('slow down'), { name: 'ThrottlingException' }), 'ecs:ListTasks');

test('a denied call is a named gap: action, resource, role and the exact permission to add', () => {
  if (!(denied instanceof PermissionDeniedError)) throw new Error('AccessDenied was not recognised');
  expect(gapOf(denied.name, denied.message)).toEqual({
    kind: 'permission',
    action: 'ecs:UpdateService',
    resource: SERVICE,
    who: ROLE,
    fix: `Allow ecs:UpdateService on ${SERVICE}, in the role of ${ROLE}`,
  });
});

test('a denial that does not say on what is a gap as well', () => {
  const vague = translate(Object.assign(new Error('Access denied'), { name: 'AccessDenied' }), 's3:PutObject');
  expect(vague).toBeInstanceOf(PermissionDeniedError);
  expect(gapOf('PermissionDeniedError', (vague as Error).message)).toMatchObject({ action: 's3:PutObject' });
});

test('a service that does not answer is a named gap', () => {
  if (!(throttled instanceof DependencyUnavailableError)) throw new Error('throttling was not recognised');
  expect(gapOf(throttled.name, throttled.message)).toMatchObject({
    kind: 'dependency',
    action: 'ecs:ListTasks',
    fix: 'ecs was throttled: look at its health',
  });
});

test.each([
  ['TypeError', 'x is not a function'],
  ['PermissionDeniedError', 'no'],
  ['DependencyUnavailableError', 'transaction was cancelled: TransactionConflict'],
])('%s: %s is no gap', (error, cause) => expect(gapOf(error, cause)).toBeNull());

test('an incident whose action is denied ends at once, blocked, with what to add', async () => {
  const system = healingSystem({
    before: (phase) => {
      if (phase === 'Act') throw denied as Error;
    },
  });
  const incidentId = await system.strike({ readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] });
  await system.run(incidentId);
  const incident = await system.incident(incidentId);
  expect(incident).toMatchObject({ status: 'escalated', gap: { kind: 'permission', action: 'ecs:UpdateService' } });
  if (incident.gap == null) throw new Error('no gap');
  expect(incident.explanation).toContain(describeGap(incident.gap));
  const [granted, escalated] = (await system.journal(incidentId)).slice(-2);
  expect([granted?.kind, escalated?.kind]).toEqual(['verdict_given', 'incident_escalated']);
  expect(Date.parse(escalated?.at ?? '') - Date.parse(granted?.at ?? '')).toBeLessThanOrEqual(2_000);
});
