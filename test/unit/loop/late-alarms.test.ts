import type { Verdict } from '../../../core/contracts/verdict.ts';
import { DependencyUnavailableError } from '../../../core/shared/errors.ts';
import { minutes, seconds } from '../../../core/shared/units.ts';
import { aService } from '../../support/builders.ts';
import type { HealingSystem, SystemOptions } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { alarmMessage, ecsEvent } from '../../support/messages.ts';
import type { Fault } from '../../support/simulated-service.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';

/**
 * After a pause or an outage alarms are taken up long after they spoke. CloudWatch does not say them again: those that still
 * fire are healed, and none of them without a person.
 */

const SICK: Fault = { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] };

/** A service that broke, and its alarm's message. */
const broken = (options: SystemOptions = {}): { system: HealingSystem; message: string } => {
  const system = healingSystem(options);
  system.service.breakWith(SICK);
  system.clock.advance(seconds(40));
  const { workloadId } = system.service.workload;
  return { system, message: alarmMessage(`${workloadId}-errors`, system.clock.now()) };
};

/** What is said of the backlog by the first verdict of the only incident. */
const firstVerdict = async (system: HealingSystem, incidentId: string): Promise<Verdict> => {
  const given = (await system.journal(incidentId)).find((record) => record.kind === 'verdict_given');
  if (given?.kind !== 'verdict_given') throw new Error('nothing was decided');
  return given.body;
};

const openedBy = async (system: HealingSystem, message: string): Promise<string> => {
  const handled = await system.deliver(message);
  if (handled.result !== 'opened') throw new Error(`the alarm opened nothing: ${handled.result}`);
  return handled.incidentId;
};

test('an alarm that still fires after the pause is put before a person, and healed after a yes', async () => {
  const { system, message } = broken({ limits: { backlogDryRuns: 0 }, person: () => ({}) });
  system.clock.advance(minutes(20));
  const incidentId = await openedBy(system, message);
  await system.run(incidentId);
  const { verdict, guards } = await firstVerdict(system, incidentId);
  expect(verdict).toBe('ask');
  expect(guards.find(({ guard }) => guard === 'backlog')).toMatchObject({
    result: 'ask',
    reason: 'it waited in a queue: a person decides',
  });
  expect((await system.incident(incidentId)).status).toBe('recovered');
  expect(system.service.effects).toHaveLength(1);
});

test('one that is over by itself is ignored, and so is what no alarm can confirm', async () => {
  const { system } = broken();
  const early = system.clock.now();
  system.clock.advance(minutes(20));
  expect(await system.deliver(ecsEvent('SERVICE_TASK_START_IMPAIRED', early))).toMatchObject({ result: 'ignored' });
  expect(await system.deliver(alarmMessage('payments-latency', early))).toEqual({
    result: 'ignored',
    reason: 'is stale: 1200 s old',
  });
  expect(system.started.size).toBe(0);
});

test('its copies are duplicates, whenever they come', async () => {
  const { system, message } = broken();
  system.clock.advance(minutes(20));
  const results = [];
  for (let copy = 0; copy < 3; copy += 1) {
    results.push((await system.deliver(message)).result);
    system.clock.advance(minutes(1));
  }
  expect(results).toEqual(['opened', 'duplicate', 'duplicate']);
  expect(system.started.size).toBe(1);
});

test('a delivery that died before it started the execution is made good by the next, also behind another signal', async () => {
  const error = (): Error => new DependencyUnavailableError('injected');
  const { system, message } = broken({ crash: { write: 2, moment: 'before', error } });
  system.clock.advance(minutes(20));
  await expect(system.deliver(message)).rejects.toThrow('injected');
  expect((await system.deliver(alarmMessage('payments-errors', system.clock.now()))).result).toBe('attached');
  expect(system.started.size).toBe(0);
  system.clock.advance(minutes(1));
  expect((await system.deliver(message)).result).toBe('duplicate');
  expect(system.started.size).toBe(1);
});

test('14 at once: three plans are shown dry, ten people are asked, and none is carried out', async () => {
  const fleet = { clock: simulatedClock(), stores: memoryStores() };
  const all = Array.from({ length: 14 }, (_, index) => {
    const workloadId = `key-${String(index).padStart(2, '0')}`;
    const system = healingSystem({
      fleet,
      workload: { workloadId, serviceName: workloadId, tier: 'keys' },
      limits: { confirmSeconds: 0, maxConcurrentActions: 99 },
      person: () => ({ answer: 'decline' }),
    });
    system.service.breakWith(SICK);
    return { system, message: alarmMessage(`${workloadId}-errors`, fleet.clock.now()) };
  });
  fleet.clock.advance(minutes(20));
  const results = [];
  for (const { system, message } of all) {
    const incidentId = await openedBy(system, message);
    await system.run(incidentId);
    results.push((await firstVerdict(system, incidentId)).verdict);
  }
  expect(results).toEqual([...Array<string>(3).fill('deny'), ...Array<string>(10).fill('ask'), 'deny']);
  expect(all.flatMap(({ system }) => system.service.effects)).toEqual([]);
});

test('the alarms of one batch are read in one request', async () => {
  const others = ['web', 'search', 'store'].map((workloadId) => aService(workloadId));
  const system = healingSystem({ others });
  const stale = others.map(({ workloadId }) => alarmMessage(`${workloadId}-errors`, system.clock.now()));
  system.clock.advance(minutes(20));
  const asked: string[][] = [];
  system.service.alarms.states = async (alarms) => {
    asked.push(alarms.map(({ alarmName }) => alarmName));
    return alarms.map((alarm) => ({ ...alarm, state: 'ALARM', since: null }));
  };
  const fresh = alarmMessage('payments-errors', system.clock.now());
  const handled = await system.deliverTogether([...stale, fresh]);
  expect(handled.map(({ result }) => result)).toEqual(Array(4).fill('opened'));
  expect(asked).toEqual([['web-errors', 'search-errors', 'store-errors']]);
});

test('an alarm that cannot be read keeps nothing from its place but its own message', async () => {
  const { system, message } = broken({ others: [aService('web')] });
  system.clock.advance(minutes(20));
  const { states } = system.service.alarms;
  system.service.alarms.states = () => Promise.reject(new DependencyUnavailableError('throttled'));
  const fresh = alarmMessage('web-errors', system.clock.now());
  await expect(system.deliverTogether([message, fresh])).rejects.toThrow('throttled');
  expect(system.started.size).toBe(1);
  system.service.alarms.states = states;
  expect((await system.deliver(message)).result).toBe('opened');
});

test('an alarm that waited when the pause began waits no longer if it still fires', async () => {
  const system = healingSystem();
  for (let n = 0; n < 3; n += 1) {
    await system.run(await openedBy(system, alarmMessage('payments-latency', system.clock.now())));
    system.clock.advance(minutes(2));
  }
  expect((await system.deliver(alarmMessage('payments-latency', system.clock.now()))).result).toBe('held');
  system.service.breakWith({ readings: { latencyP95: 900 } });
  system.clock.advance(minutes(20));
  expect((await system.deliver(system.waiting.splice(0)[0] ?? '')).result).toBe('opened');
});

test('of several that waited none ends the waiting of another', async () => {
  const callers = ['web', 'search', 'orders', 'reports'].map((id) => aService(id, { dependsOn: ['store'] }));
  const system = healingSystem({ others: [...callers, aService('store')] });
  const results = [];
  for (const alarmName of ['web-errors', 'search-errors', 'orders-errors']) {
    results.push((await system.deliver(alarmMessage(alarmName, system.clock.now()))).result);
  }
  expect(results).toEqual(['opened', 'held', 'held']);
  system.service.alarms.states = async (alarms) => alarms.map((alarm) => ({ ...alarm, state: 'ALARM', since: null }));
  system.clock.advance(minutes(20));
  const back = [];
  for (const message of system.waiting.splice(0)) back.push((await system.deliver(message)).result);
  expect(back).toEqual(['opened', 'opened']);
});

test('a second look that comes late sees what is still there', async () => {
  const system = healingSystem();
  const first = await system.strike(SICK);
  await system.run(first);
  system.service.breakWith(SICK);
  system.clock.advance(minutes(25));
  const [look = ''] = system.looks;
  const second = await openedBy(system, look);
  await system.run(second);
  expect((await firstVerdict(system, second)).verdict).toBe('deny');
  expect(system.service.effects).toHaveLength(1);
});
