import { verifyChain } from '../../../core/journal/chain.ts';
import { DependencyUnavailableError } from '../../../core/shared/errors.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import type { Crash, Moment } from '../../support/crashes.ts';
import type { HealingSystem, SystemOptions } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { alarmMessage } from '../../support/messages.ts';
import { seconds } from '../../../core/shared/units.ts';
import type { Fault } from '../../support/simulated-service.ts';

/**
 * A write of any phase dies, before it happened or after: the incident still ends, the world was changed once, and the
 * journal verifies. SQS delivers a message again that was not handled; the workflow retries or escalates.
 */

// Some three hundred whole loops: seconds, and more where others use the machine.
jest.setTimeout(60_000);

const unavailable = (): Error => new DependencyUnavailableError('injected: not answered in time');
/** What Lambda says of a function that was cut off in the middle. */
const cutOff = (): Error => Object.assign(new Error('injected: timed out'), { name: 'Sandbox.Timedout' });
/** A bug: no retrier names it. */
const broken = (): Error => Object.assign(new Error('injected: is not a function'), { name: 'TypeError' });

interface Story {
  readonly name: string;
  readonly fault: Fault;
  readonly options?: SystemOptions;
  readonly effects: readonly string[];
  readonly ends: string;
}

const T1 = 'arn:aws:ecs:eu-central-1:111122223333:task/shop/t1';
const approve: NonNullable<SystemOptions['person']> = ({ planHash }) => ({
  answer: 'approve',
  approver: 'ada',
  planHash,
  reason: null,
});

const stories: readonly Story[] = [
  {
    name: 'a restart that cures',
    fault: { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] },
    effects: [`restart ${T1}`],
    ends: 'recovered',
  },
  {
    // Of all actions the one that would show a second time.
    name: 'a redeploy that cures',
    fault: { readings: { errorRate: 40 }, sickTasks: 2, curedBy: ['redeploy'] },
    options: { workload: { allowedActions: ['redeploy'] } },
    effects: ['redeploy'],
    ends: 'recovered',
  },
  {
    name: 'an approved restart',
    fault: { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] },
    options: { mode: 'manual', person: approve },
    effects: [`restart ${T1}`],
    ends: 'recovered',
  },
  {
    name: 'what made it worse and is undone, with nothing else allowed',
    fault: { readings: { latencyP95: 1_500, cpuUtilization: 95, requestCount: 4_000 }, worsenedBy: ['scaleOut'] },
    options: { workload: { allowedActions: ['scaleOut'] }, limits: { maxAttempts: 1 } },
    effects: ['scaleOut 2 to 4', 'undo scaleOut'],
    ends: 'escalated',
  },
];

/** Delivers the alarm until its message is handled, as SQS would, then runs what was started. */
const live = async (system: HealingSystem, fault: Fault): Promise<string> => {
  system.service.breakWith(fault);
  system.clock.advance(seconds(40));
  const message = alarmMessage('payments-errors', system.clock.now());
  for (let delivery = 0; delivery < 3; delivery += 1) {
    await system.deliver(message).catch(() => undefined);
    system.clock.advance(seconds(1));
  }
  const [incidentId] = system.started.keys();
  if (incidentId === undefined) throw new Error('no execution was started');
  expect(system.started.size).toBe(1);
  await system.run(incidentId);
  return incidentId;
};

const expectSound = async (system: HealingSystem, incidentId: string): Promise<void> => {
  expect(verifyChain(await system.journal(incidentId), sha256)).toEqual([]);
  const { tables } = system.stores;
  expect([...tables.acting]).toEqual([]);
  expect([...tables.leases.values()].every(({ expiresAt }) => expiresAt === 0)).toBe(true);
  expect([...tables.pointers.values()].every(({ open }) => !open)).toBe(true);
  expect((await system.incident(incidentId)).closedAt).not.toBeNull();
};

describe.each(stories)('$name', ({ fault, options = {}, effects, ends }) => {
  const writesOf = async (): Promise<readonly string[]> => {
    const system = healingSystem(options);
    await live(system, fault);
    return system.writes;
  };
  const dyingAt = (write: number, moment: Moment, error: () => Error): SystemOptions & { crash: Crash } => ({
    ...options,
    crash: { write, moment, error },
  });

  test('without a crash', async () => {
    const system = healingSystem(options);
    const incidentId = await live(system, fault);
    expect((await system.incident(incidentId)).status).toBe(ends);
    expect(system.service.effects).toEqual(effects);
    await expectSound(system, incidentId);
  });

  test.each<[string, Moment, () => Error]>([
    ['a dependency that fails before', 'before', unavailable],
    ['a dependency that fails after', 'after', unavailable],
    ['a function that is cut off before', 'before', cutOff],
    ['a function that is cut off after', 'after', cutOff],
  ])('%s any write is tried again: same end, same effect, told at least once', async (_what, moment, error) => {
    const writes = await writesOf();
    expect(writes.length).toBeGreaterThan(5);
    for (const [index, name] of writes.entries()) {
      const system = healingSystem(dyingAt(index + 1, moment, error));
      const incidentId = await live(system, fault);
      const { status } = await system.incident(incidentId);
      expect({ name, index, status }).toEqual({ name, index, status: ends });
      expect({ name, effects: system.service.effects }).toEqual({ name, effects });
      expect(system.stores.tables.experiences.size).toBe(1);
      const endings = system.notifications.filter(
        ({ occasion }) => occasion === 'recovered' || occasion === 'escalated',
      );
      expect(endings.length).toBeGreaterThanOrEqual(1);
      await expectSound(system, incidentId);
    }
  });

  test.each<Moment>(['before', 'after'])(
    'a phase that breaks %s any write is escalated, unless it was over: no effect twice, and a person is told',
    async (moment) => {
      const writes = await writesOf();
      expect(writes.length).toBeGreaterThan(5);
      for (const [index, name] of writes.entries()) {
        const system = healingSystem(dyingAt(index + 1, moment, broken));
        const incidentId = await live(system, fault);
        const { status } = await system.incident(incidentId);
        expect({ name, index, status }).toEqual({
          name,
          index,
          status: expect.stringMatching(/^(recovered|escalated)$/),
        });
        expect({ name, kept: effects.slice(0, system.service.effects.length) }).toEqual({
          name,
          kept: system.service.effects,
        });
        const endings = system.notifications.filter(
          ({ occasion }) => occasion === 'recovered' || occasion === 'escalated',
        );
        expect({ name, index, told: endings.length > 0 }).toEqual({ name, index, told: true });
        await expectSound(system, incidentId);
      }
    },
  );
});
