import { DependencyUnavailableError } from '../../../core/shared/errors.ts';
import { after, durationMs, minutes, seconds, toIso } from '../../../core/shared/units.ts';
import type { Handled } from '../../../lambdas/issue-monitor/issue-monitor.ts';
import { aService } from '../../support/builders.ts';
import type { Moment } from '../../support/crashes.ts';
import type { HealingSystem, SystemOptions } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { alarmMessage, ecsEvent } from '../../support/messages.ts';
import { START } from '../../support/simulated-clock.ts';

/** web calls payments and search; both call the store. */
const others = [
  aService('web', { dependsOn: ['payments', 'search'] }),
  aService('search', { dependsOn: ['store'] }),
  aService('store'),
  aService('alone'),
];
const shop = (options: SystemOptions = {}): HealingSystem =>
  healingSystem({ workload: { dependsOn: ['store'] }, others, ...options });

const alarm = (system: HealingSystem, name: string): Promise<Handled> =>
  system.deliver(alarmMessage(name, system.clock.now()));

let samples = 0;
/** A finding of the detector; another sample each time. */
const anomaly = (system: HealingSystem, workloadId: string, role: string): string => {
  samples += 1;
  const at = toIso(system.clock.now());
  return JSON.stringify({
    kintsugi: 'finding',
    finding: 'anomaly',
    workloadId,
    role,
    severity: 45,
    at,
    since: toIso(after(system.clock.now(), seconds(-samples))),
    summary: `${role} is far from anything seen`,
  });
};

const incidents = (system: HealingSystem) =>
  [...system.stores.tables.incidents.values()].map(({ view, signals }) => ({
    root: view.workloadId,
    from: [...new Set(signals.map(({ workloadId }) => workloadId))].sort(),
  }));
const results = (handled: readonly Handled[]): readonly string[] => handled.map(({ result }) => result);

/** What waits comes back when alarms of the same fault would have come. */
const settle = async (system: HealingSystem): Promise<void> => {
  system.clock.advance(seconds(15));
  for (const message of system.waiting.splice(0)) await system.deliver(message);
};

describe('one cause', () => {
  test.each([
    [['web-errors', 'payments-errors']],
    [['payments-errors', 'web-errors']],
    [['web-errors', 'web-latency', 'payments-latency', 'payments-errors']],
  ])('alarms of caller and callee, as %j, are one incident on the callee', async (names) => {
    const system = shop();
    for (const name of names) {
      await alarm(system, name);
      system.clock.advance(seconds(1));
    }
    expect(incidents(system)).toEqual([{ root: 'payments', from: ['payments', 'web'] }]);
    expect(system.started.size).toBe(1);
  });

  test('a dependency that nobody declared and that was seen takes the root like a declared one', async () => {
    const seen = { source: 'observed' as const, requestsPerMinute: 60, lastSeen: toIso(START) };
    const web = aService('web', { seenCalls: [{ callee: 'payments', ...seen }] });
    const known = healingSystem({ others: [web] });
    for (const name of ['web-errors', 'payments-errors']) await alarm(known, name);
    expect(incidents(known)).toEqual([{ root: 'payments', from: ['payments', 'web'] }]);
    const unknown = healingSystem({ others: [aService('web')] });
    for (const name of ['web-errors', 'payments-errors']) await alarm(unknown, name);
    expect(incidents(unknown)).toHaveLength(2);
  });

  test('a dependency that alarms last takes the root, and the signals of its other caller with it', async () => {
    const system = shop();
    await alarm(system, 'payments-errors');
    expect((await alarm(system, 'search-errors')).result).toBe('held');
    await alarm(system, 'store-errors');
    await settle(system);
    expect(incidents(system)).toEqual([{ root: 'store', from: ['payments', 'search', 'store'] }]);
  });

  test('10,000 signals within 60 s of three causes over 60 workloads are three incidents, in batches of ten', async () => {
    const trees = ['red', 'green', 'blue'];
    const nodes = trees.flatMap((tree) =>
      Array.from({ length: 20 }, (_, n) =>
        aService(`${tree}-${n}`, n === 19 ? {} : { dependsOn: [`${tree}-${Math.min(19, 2 * n + 1 + (n % 2))}`] }),
      ),
    );
    const system = healingSystem({ others: nodes });
    const start = system.clock.now();
    system.clock.advance(seconds(60));
    // 7 and 60 have no common factor: every workload speaks early and in no order.
    const signals = Array.from({ length: 10_000 }, (_, n) =>
      alarmMessage(`${nodes[(n * 7) % 60]?.workloadId}-errors`, after(start, durationMs((n * 37) % 60_000))),
    );
    const before = performance.now();
    const handled: Handled[] = [];
    for (let from = 0; from < signals.length; from += 10) {
      handled.push(...(await system.deliverTogether(signals.slice(from, from + 10))));
    }
    await settle(system);
    const took = performance.now() - before;
    expect(
      incidents(system)
        .map(({ root }) => root)
        .sort(),
    ).toEqual(['blue-19', 'green-19', 'red-19']);
    const counted = [...system.stores.tables.incidents.values()].reduce((sum, { view }) => sum + view.signalCount, 0);
    const copies = handled.filter(({ result }) => result === 'duplicate').length;
    expect(counted + copies).toBe(10_000);
    expect(system.started.size).toBe(3);
    process.stdout.write(`10,000 signals placed in ${Math.round(took)} ms\n`);
  }, 60_000);
});

describe('two causes', () => {
  test.each([
    [['web-errors', 'payments-errors', 'search-errors']],
    [['payments-errors', 'search-errors', 'web-errors']],
    [['payments-errors', 'web-errors', 'search-errors']],
    [['search-errors', 'web-errors', 'payments-errors']],
  ])('with one victim, as %j, are two incidents', async (names) => {
    const system = shop();
    for (const name of names) await alarm(system, name);
    await settle(system);
    expect(
      incidents(system)
        .map(({ root }) => root)
        .sort(),
    ).toEqual(['payments', 'search']);
    expect(system.started.size).toBe(2);
  });

  test('each ends by itself, and lets go only of what is its own', async () => {
    const system = shop();
    system.service.breakWith({ readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] });
    system.clock.advance(seconds(40));
    await alarm(system, 'payments-errors');
    await alarm(system, 'search-errors');
    await settle(system);
    const [first = '', second = ''] = system.started.keys();
    await system.run(first);
    expect((await system.incident(first)).status).toBe('recovered');
    expect(system.stores.tables.pointers.get('search')).toMatchObject({ incidentId: second, open: true });
    expect(system.stores.tables.pointers.get('payments')).toMatchObject({ incidentId: first, open: false });
    await system.run(second);
    expect([...system.stores.tables.pointers.values()].every(({ open }) => !open)).toBe(true);
  });

  test('with a victim that the second signal does not know of are two incidents', async () => {
    const system = healingSystem({
      workload: { dependsOn: ['store'] },
      others: [aService('web', { dependsOn: ['store', 'search'] }), aService('search'), aService('store')],
    });
    await alarm(system, 'search-errors');
    await system.deliver(anomaly(system, 'store', 'latencyP95'));
    expect(system.stores.tables.pointers.get('web')).toMatchObject({ open: true });
    expect((await alarm(system, 'payments-errors')).result).toBe('opened');
    expect(incidents(system)).toEqual([
      { root: 'search', from: ['search'] },
      { root: 'store', from: ['payments', 'store'] },
    ]);
    const [first] = system.started.keys();
    expect(system.stores.tables.pointers.get('web')).toMatchObject({ incidentId: first });
  });

  test('that have nothing to do with each other are two whatever the order', async () => {
    const system = shop();
    expect(results([await alarm(system, 'alone-errors'), await alarm(system, 'payments-errors')])).toEqual([
      'opened',
      'opened',
    ]);
  });
});

describe('an anomaly', () => {
  test('waits alone, and is not lost: nothing confirms it, so it expires and says so', async () => {
    const system = shop();
    const body = anomaly(system, 'payments', 'latencyP95');
    expect((await system.deliver(body)).result).toBe('held');
    expect((await system.deliver(body)).result).toBe('held');
    expect(system.waiting.length).toBeGreaterThanOrEqual(1);
    system.clock.advance(minutes(16));
    const ends = [];
    for (const message of system.waiting.splice(0)) ends.push(await system.deliver(message));
    expect(ends[0]).toEqual({ result: 'expired', reason: expect.stringContaining('nothing confirmed it') });
    expect(incidents(system)).toEqual([]);
    expect(system.stores.tables.pointers.get('payments')?.held).toEqual([]);
  });

  test.each([
    ['another metric', 'payments', 'errorRate'],
    ['another workload in reach', 'web', 'latencyP95'],
  ])('is confirmed by an anomaly of %s', async (_, workloadId, role) => {
    const system = shop();
    await system.deliver(anomaly(system, 'payments', 'latencyP95'));
    await system.deliver(anomaly(system, workloadId, role));
    expect(incidents(system)).toMatchObject([{ root: 'payments' }]);
    expect(system.stores.tables.incidents.values().next().value?.view.signalCount).toBe(2);
    const back = [];
    for (const message of system.waiting.splice(0)) back.push(await system.deliver(message));
    expect(results(back)).toEqual(['duplicate']);
  });

  test('is not confirmed by the same metric again, nor by a workload out of reach', async () => {
    const system = shop();
    await system.deliver(anomaly(system, 'payments', 'latencyP95'));
    await system.deliver(anomaly(system, 'payments', 'latencyP95'));
    await system.deliver(anomaly(system, 'alone', 'errorRate'));
    expect(incidents(system)).toEqual([]);
  });

  test('that waits is taken along by the alarm that follows', async () => {
    const system = shop();
    await system.deliver(anomaly(system, 'payments', 'latencyP95'));
    expect((await alarm(system, 'web-errors')).result).toBe('opened');
    expect(system.started.size).toBe(1);
    expect(incidents(system)).toEqual([{ root: 'payments', from: ['payments', 'web'] }]);
    expect(system.stores.tables.pointers.get('payments')?.held).toEqual([]);
  });

  test('that comes back to an incident that is known to be its own waits no longer', async () => {
    const system = shop();
    await system.deliver(anomaly(system, 'payments', 'latencyP95'));
    system.clock.advance(minutes(12));
    expect((await alarm(system, 'payments-errors')).result).toBe('opened');
    expect(system.stores.tables.pointers.get('payments')?.held).toHaveLength(1);
    system.clock.advance(minutes(4));
    expect((await system.deliver(system.waiting.splice(0)[0] ?? '')).result).toBe('attached');
    expect(system.stores.tables.pointers.get('payments')?.held).toEqual([]);
  });

  test('soon after a deployment of its workload needs no second signal', async () => {
    const system = shop();
    const deployed = ecsEvent('SERVICE_DEPLOYMENT_IN_PROGRESS', system.clock.now());
    expect(await system.deliver(deployed)).toMatchObject({
      reason: 'deployment ecs-svc/123 of payments is remembered',
    });
    system.clock.advance(minutes(3));
    expect((await system.deliver(anomaly(system, 'web', 'errorRate'))).result).toBe('held');
    expect((await system.deliver(anomaly(system, 'payments', 'latencyP95'))).result).toBe('opened');
    expect(incidents(system)).toEqual([{ root: 'payments', from: ['payments', 'web'] }]);
  });

  test('long after a deployment waits as ever', async () => {
    const system = shop();
    await system.deliver(ecsEvent('SERVICE_DEPLOYMENT_IN_PROGRESS', system.clock.now()));
    system.clock.advance(minutes(11));
    expect((await system.deliver(anomaly(system, 'payments', 'latencyP95'))).result).toBe('held');
  });

  test('of a workload in trouble is attached at once', async () => {
    const system = shop();
    await alarm(system, 'payments-errors');
    expect((await system.deliver(anomaly(system, 'payments', 'cpuUtilization'))).result).toBe('attached');
  });

  test.each<Moment>(['before', 'after'])('is placed once, whichever write dies %s it happened', async (moment) => {
    const story = async (system: HealingSystem): Promise<void> => {
      const bodies = [anomaly(system, 'payments', 'latencyP95'), anomaly(system, 'payments', 'errorRate')];
      for (const body of bodies) {
        for (let delivery = 0; delivery < 3; delivery += 1) await system.deliver(body).catch(() => undefined);
      }
    };
    const whole = shop();
    await story(whole);
    for (let write = 1; write <= whole.writes.length; write += 1) {
      const system = shop({ crash: { write, moment, error: () => new DependencyUnavailableError('injected') } });
      await story(system);
      expect({ write, incidents: system.stores.tables.incidents.size }).toEqual({ write, incidents: 1 });
      expect(system.stores.tables.incidents.values().next().value?.view.signalCount).toBe(2);
      expect(system.started.size).toBe(1);
    }
  });
});

describe('a workload that flaps', () => {
  /** Alarms and is well again, three times: each time there was nothing to heal. */
  const flapped = async (): Promise<HealingSystem> => {
    const system = shop();
    for (let n = 0; n < 3; n += 1) {
      const handled = await alarm(system, 'payments-latency');
      if (handled.result !== 'opened') throw new Error(`alarm ${n} is ${handled.result}`);
      await system.run(handled.incidentId);
      expect((await system.incident(handled.incidentId)).status).toBe('dismissed');
      system.clock.advance(minutes(2));
    }
    return system;
  };

  test('is held; when its alarm is over by itself, it expires', async () => {
    const system = await flapped();
    expect(await alarm(system, 'payments-latency')).toEqual({
      result: 'held',
      reason: expect.stringContaining('flapping'),
    });
    system.clock.advance(minutes(16));
    expect((await system.deliver(system.waiting.splice(0)[0] ?? '')).result).toBe('expired');
  });

  test('opens when its alarm is still there a minute later', async () => {
    const system = await flapped();
    await alarm(system, 'payments-latency');
    system.service.breakWith({ readings: { latencyP95: 900 } });
    system.clock.advance(minutes(1));
    expect((await system.deliver(system.waiting.splice(0)[0] ?? '')).result).toBe('opened');
  });

  test('opens at once for what is worse', async () => {
    const system = await flapped();
    expect((await alarm(system, 'payments-errors')).result).toBe('opened');
  });

  test('is calm again after half an hour', async () => {
    const system = await flapped();
    system.clock.advance(minutes(31));
    expect((await alarm(system, 'payments-latency')).result).toBe('opened');
  });
});
