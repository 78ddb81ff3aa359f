import { seconds } from '../../../core/shared/units.ts';
import type { HealingSystem } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { alarmMessage } from '../../support/messages.ts';
import type { Fault } from '../../support/simulated-service.ts';

/**
 * An alarm speaks only when it changes. What a second fault says while an incident is open goes to that incident: its end
 * asks for a second look, or nobody would heal the second fault.
 */

const SICK: Fault = { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] };

/** The first incident, healed, and the time of its second look. */
const healed = async (): Promise<{ system: HealingSystem; first: string; look: string }> => {
  const system = healingSystem();
  const first = await system.strike(SICK);
  await system.run(first);
  const [look = ''] = system.looks;
  return { system, first, look };
};

test('the end of a healed incident asks for one second look, when its alarms have had time to calm down', async () => {
  const { system, first, look } = await healed();
  expect((await system.incident(first)).status).toBe('recovered');
  expect(system.looks).toHaveLength(1);
  expect(JSON.parse(look)).toMatchObject({ kintsugi: 'follow-up', incidentId: first, workloadIds: ['payments'] });
});

test('an alarm that outlived the incident opens another one, which heals', async () => {
  const { system, first, look } = await healed();
  system.service.breakWith(SICK);
  system.clock.advance(seconds(240));
  const opened = await system.deliver(look);
  expect(opened).toMatchObject({ result: 'opened' });
  const second = 'incidentId' in opened ? opened.incidentId : '';
  expect(second).not.toBe(first);
  await system.run(second);
  expect(await system.incident(second)).toMatchObject({
    status: 'recovered',
    summary: expect.stringContaining(`after ${first} was closed`) as string,
  });
});

test('is quiet where nothing is left', async () => {
  const { system, look } = await healed();
  system.clock.advance(seconds(240));
  expect(await system.deliver(look)).toEqual({ result: 'ignored', reason: 'no alarm is left' });
  expect(system.started.size).toBe(1);
});

test('the same second look, delivered three times, opens one incident', async () => {
  const { system, look } = await healed();
  system.service.breakWith(SICK);
  system.clock.advance(seconds(240));
  const results = [await system.deliver(look), await system.deliver(look), await system.deliver(look)];
  expect(results.map(({ result }) => result)).toEqual(['opened', 'duplicate', 'duplicate']);
  expect(system.started.size).toBe(2);
});

test('an alarm that is stuck on a healthy service is looked at twice, and not for ever', async () => {
  const system = healingSystem();
  system.service.breakWith({ readings: { errorRate: 40 }, endsAfterSeconds: 20, curedBy: [] });
  system.clock.advance(seconds(40));
  const opened = await system.deliver(alarmMessage('payments-errors', system.clock.now()));
  await system.run('incidentId' in opened ? opened.incidentId : '');
  expect(system.looks).toHaveLength(1);
  system.service.alarms.states = async (alarms) => alarms.map((alarm) => ({ ...alarm, state: 'ALARM', since: null }));
  system.clock.advance(seconds(240));
  const again = await system.deliver(system.looks[0] ?? '');
  expect(again).toMatchObject({ result: 'opened' });
  await system.run('incidentId' in again ? again.incidentId : '');
  expect(system.looks).toHaveLength(1);
  expect(system.service.effects).toEqual([]);
});

test('an incident that was handed to a person asks for no second look', async () => {
  const system = healingSystem({ mode: 'off' });
  const incidentId = await system.strike(SICK);
  await system.run(incidentId);
  expect((await system.incident(incidentId)).status).toBe('escalated');
  expect(system.looks).toEqual([]);
});
