import { DependencyUnavailableError } from '../../../core/shared/errors.ts';
import { after, durationMs, minutes, seconds } from '../../../core/shared/units.ts';
import type { Handled } from '../../../lambdas/issue-monitor/issue-monitor.ts';
import { aService } from '../../support/builders.ts';
import type { Moment } from '../../support/crashes.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { alarmMessage, ecsEvent, externalEvent, snsEnvelope } from '../../support/messages.ts';
import { START } from '../../support/simulated-clock.ts';

// Three storms of a thousand messages.
jest.setTimeout(60_000);

const web = aService('web', { dependsOn: ['payments'] });

/** Deterministic, so that a failure can be looked at. */
const shuffled = <T>(items: readonly T[], seed: number): T[] => {
  let state = seed;
  const random = (): number => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return state / 2_147_483_648;
  };
  return items
    .map((item) => ({ item, order: random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
};

test.each([1, 2, 3])(
  '1,000 duplicated, reordered and late copies of one incident: 1 incident, 1 execution, 1 action (seed %i)',
  async (seed) => {
    const system = healingSystem({ others: [web] });
    const fault = { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] as const };
    system.service.breakWith(fault);
    system.clock.advance(seconds(40));
    const now = system.clock.now();
    const kinds = [
      alarmMessage('payments-errors', now),
      alarmMessage('payments-latency', after(now, seconds(-5))),
      alarmMessage('web-errors', after(now, seconds(-3))),
      ecsEvent('SERVICE_TASK_START_IMPAIRED', after(now, seconds(-10))),
      externalEvent(after(now, seconds(-8))),
    ];
    const copies = Array.from({ length: 1_000 }, (_, index) => {
      const message = kinds[index % kinds.length] ?? '';
      return message.includes('AlarmName') && index % 2 === 0 ? snsEnvelope(message, `delivery-${index}`) : message;
    });
    const queue = shuffled(copies, seed);
    const early = queue.slice(0, 600);
    const handled: Handled[] = [];
    for (let index = 0; index < early.length; index += 10) {
      handled.push(...(await Promise.all(early.slice(index, index + 10).map((body) => system.deliver(body)))));
    }
    const [incidentId] = system.started.keys();
    if (incidentId === undefined) throw new Error('nothing was started');
    await system.run(incidentId);
    // The rest arrive when everything is over, some of them long after.
    for (const [index, body] of queue.slice(600).entries()) {
      if (index === 200) system.clock.advance(minutes(60));
      handled.push(await system.deliver(body));
    }

    expect(system.started.size).toBe(1);
    expect(system.stores.tables.incidents.size).toBe(1);
    expect(system.service.effects).toHaveLength(1);
    expect(handled.filter(({ result }) => result === 'opened')).toHaveLength(1);
    expect(handled.filter(({ result }) => result === 'attached')).toHaveLength(kinds.length - 1);
    expect((await system.incident(incidentId)).signalCount).toBe(kinds.length);
    expect(system.quarantine).toEqual([]);
  },
);

describe('a delivery that dies', () => {
  test.each<[number, string, Moment]>([
    [1, 'opening', 'before'],
    [1, 'opening', 'after'],
    [2, 'starting', 'before'],
    [2, 'starting', 'after'],
  ])('at write %i (%s), %s it happened, is made good by the next', async (write, _, moment) => {
    const error = (): Error => new DependencyUnavailableError('injected');
    const system = healingSystem({ crash: { write, moment, error } });
    const message = alarmMessage('payments-errors', system.clock.now());
    await expect(system.deliver(message)).rejects.toThrow('injected');
    await system.deliver(message);
    expect(system.started.size).toBe(1);
    expect(system.stores.tables.incidents.size).toBe(1);
    const [[incidentId, input] = []] = system.started;
    const [first] = await system.journal(String(incidentId));
    // The execution continues the chain that is stored, whichever delivery stored it.
    expect(input).toMatchObject({ head: { seq: 0, hash: first?.hash } });
  });
});

describe('what opens nothing', () => {
  const deliver = (body: string) => healingSystem().deliver(body);

  test('an alarm that went back to OK', async () => {
    const body = alarmMessage('payments-errors', START, { NewStateValue: 'OK' });
    expect(await deliver(body)).toEqual({ result: 'ignored', reason: 'resolved signals open no incident' });
  });

  test('a severity below the threshold of the environment', async () => {
    const system = healingSystem({ limits: { issueThreshold: 71 } });
    expect(await system.deliver(alarmMessage('payments-errors', START))).toEqual({
      result: 'ignored',
      reason: 'severity 70 is below the threshold of 71',
    });
    const equal = healingSystem({ limits: { issueThreshold: 70 } });
    expect((await equal.deliver(alarmMessage('payments-errors', START))).result).toBe('opened');
  });

  test('a signal that is too old', async () => {
    const system = healingSystem();
    system.clock.advance(seconds(901));
    expect((await system.deliver(alarmMessage('payments-errors', START))).result).toBe('ignored');
    const inTime = healingSystem();
    inTime.clock.advance(durationMs(899_000));
    expect((await inTime.deliver(alarmMessage('payments-errors', START))).result).toBe('opened');
  });

  test('a message that nobody can read: kept aside, with the reason', async () => {
    const system = healingSystem();
    const handled = await system.deliver('{"hello": "world"}');
    expect(handled.result).toBe('quarantined');
    expect(system.quarantine).toEqual([
      { body: '{"hello": "world"}', reason: expect.stringContaining('AlarmName, source and kintsugi are missing') },
    ]);
    expect(system.started.size).toBe(0);
  });
});

test('after the end, a new breach of the same alarm is a new incident', async () => {
  const system = healingSystem();
  const first = await system.strike({ readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] });
  await system.run(first);
  system.clock.advance(minutes(10));
  const second = await system.strike({ readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] });
  expect(second).not.toBe(first);
  await system.run(second);
  expect((await system.incident(second)).status).toBe('recovered');
  expect(system.service.effects).toHaveLength(2);
});
