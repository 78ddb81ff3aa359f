import { minutes, seconds } from '../../../core/shared/units.ts';
import { aService } from '../../support/builders.ts';
import type { HealingSystem } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { alarmMessage } from '../../support/messages.ts';
import type { Fault } from '../../support/simulated-service.ts';

/** Somebody deletes an alarm: it is a blind spot that has a name, and no reason to heal nothing around it. */

const SICK: Fault = { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] };
const web = aService('web', { dependsOn: ['payments'] });

const without = (alarmName: string): HealingSystem => {
  const system = healingSystem({ others: [web] });
  system.service.deleteAlarm(alarmName);
  return system;
};

test('that of a neighbour is named, and the incident is healed', async () => {
  const system = without('web-errors');
  const incidentId = await system.strike(SICK);
  await system.run(incidentId);
  const { status, explanation } = await system.incident(incidentId);
  expect(status).toBe('recovered');
  expect(explanation).toContain(
    "Not seen: the alarms of web: CloudWatch has no alarm web-errors: deploy the workload's",
  );
});

test('its own leaves the healing to a person, who reads which one it is', async () => {
  const system = without('payments-latency');
  const incidentId = await system.strike(SICK);
  await system.run(incidentId);
  const { status, explanation } = await system.incident(incidentId);
  expect(status).toBe('escalated');
  expect(explanation).toContain('CloudWatch has no alarm payments-latency');
  expect(system.service.effects).toEqual([]);
});

test('does not keep a second look from seeing the others', async () => {
  const system = without('web-errors');
  await system.run(await system.strike(SICK));
  system.service.breakWith(SICK);
  system.clock.advance(seconds(240));
  expect((await system.deliver(system.looks[0] ?? '')).result).toBe('opened');
});

test('confirms no signal that waits: it expires', async () => {
  const system = healingSystem({ others: [web] });
  for (let n = 0; n < 3; n += 1) {
    const handled = await system.deliver(alarmMessage('payments-latency', system.clock.now()));
    await system.run('incidentId' in handled ? handled.incidentId : '');
    system.clock.advance(minutes(2));
  }
  expect((await system.deliver(alarmMessage('payments-latency', system.clock.now()))).result).toBe('held');
  system.service.deleteAlarm('payments-latency');
  system.clock.advance(minutes(16));
  expect((await system.deliver(system.waiting.splice(0)[0] ?? '')).result).toBe('expired');
});
