import type { Fault } from '../../support/simulated-service.ts';
import type { SystemOptions } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { hashPlan } from '../../../core/decision/decide.ts';
import { seconds } from '../../../core/shared/units.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';

/**
 * What users of such systems report, replayed over the whole loop: an approval that executes a stale plan, one that comes
 * too late, twice, or in another order. Each has a twin that acts, because a broken harness does nothing either.
 */

const SICK_TASK: Fault = { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart', 'redeploy'] };

const heal = async (options: SystemOptions, fault: Fault = SICK_TASK) => {
  const system = healingSystem({ mode: 'manual', ...options });
  const incidentId = await system.strike(fault);
  const execution = await system.run(incidentId);
  const incident = await system.incident(incidentId);
  const journal = await system.journal(incidentId);
  expect([...system.stores.tables.acting]).toEqual([]);
  return { system, execution, incident, journal, effects: system.service.effects.length };
};

/** Changes the world when the yes is looked at once more: at the second run of the phase. */
const meanwhile = (phase: string, change: NonNullable<SystemOptions['before']>): SystemOptions => {
  let runs = 0;
  return {
    person: () => ({}),
    before: (name, system) => {
      if (name !== phase) return;
      runs += 1;
      if (runs === 2) return change(name, system);
    },
  };
};

test('the twin: an approval in time, of what is still so, acts once', async () => {
  const { effects, incident, journal } = await heal({ person: () => ({}) });
  expect(effects).toBe(1);
  expect(incident.status).toBe('recovered');
  expect(journal.find((record) => record.kind === 'approval_answered')?.body).toMatchObject({
    answer: 'approve',
    approver: 'ada',
    actionId: 'restart',
  });
});

test('a waiting question holds neither lease nor slot nor budget', async () => {
  let held: unknown = null;
  const system = healingSystem({
    mode: 'manual',
    person: () => {
      const { acting, leases, budget } = system.stores.tables;
      held = { acting: acting.size, leases: leases.size, budget: budget.size };
      return { answer: 'decline' };
    },
  });
  await system.run(await system.strike(SICK_TASK));
  expect(held).toEqual({ acting: 0, leases: 0, budget: 0 });
});

describe('a stale approval executes nothing', () => {
  test('when another task is sick than the one that was shown', async () => {
    const change = meanwhile('Sense', (_, { service }) =>
      service.breakWith({ readings: { errorRate: 40 }, sickTasks: 2 }),
    );
    const { effects, incident } = await heal(change);
    expect(effects).toBe(0);
    expect(incident.explanation).toContain('the approval is about another plan');
  });

  test('when the evidence shows another fault', async () => {
    const other: Fault = { readings: { errorRate: 40, latencyP95: 2_000, memoryUtilization: 97 }, sickTasks: 1 };
    const changed = meanwhile('Sense', (_, { service, clock }) => {
      service.breakWith(other);
      clock.advance(seconds(60));
    });
    const { effects, incident } = await heal(changed);
    expect(effects).toBe(0);
    expect(incident.explanation).toContain('the evidence has changed since it was shown');
  });

  test('when somebody else has acted on the workload since', async () => {
    const acted = meanwhile('Enforce', (_, { stores, clock }) => {
      stores.tables.leases.set('payments', { holder: 'another', fencingToken: 1, expiresAt: clock.now() });
    });
    const { effects, incident } = await heal(acted);
    expect(effects).toBe(0);
    expect(incident.explanation).toContain('somebody else has acted on the workload since');
  });

  test('when it was used too long after it was given', async () => {
    const { effects } = await heal(meanwhile('Enforce', (_, { clock }) => clock.advance(seconds(1_000))));
    expect(effects).toBe(0);
  });

  test('when it has recovered by itself in the meantime', async () => {
    const well = meanwhile('Sense', (_, { service, clock }) => {
      service.breakWith({ readings: {} });
      clock.advance(seconds(60));
    });
    const { effects, incident } = await heal(well);
    expect(effects).toBe(0);
    expect(incident.status).toBe('recovered');
  });

  test('when the mode was turned off after the yes', async () => {
    const { effects } = await heal(meanwhile('Enforce', (_, system) => void (system.mode = 'off')));
    expect(effects).toBe(0);
  });
});

test('an approval in the last minute of its question acts, however old the alarm is by then', async () => {
  let asked = 0;
  const system = healingSystem({
    mode: 'manual',
    person: () => {
      asked += 1;
      if (asked < 2) return null;
      system.clock.advance(seconds(290));
      return {};
    },
  });
  const incidentId = await system.strike(SICK_TASK);
  await system.run(incidentId);
  expect(system.service.effects).toHaveLength(1);
  expect((await system.incident(incidentId)).status).toBe('recovered');
});

test('a broken workload that is left as it is after a yes is not called recovered: people hear why', async () => {
  const slow = meanwhile('Validate', (_, { clock }) => clock.advance(seconds(200)));
  const { effects, incident, system } = await heal(slow);
  expect(effects).toBe(0);
  expect(incident.status).toBe('escalated');
  expect(incident.explanation).toMatch(/It was not healed: the evidence is 3 min 20 s old/);
  expect(system.notifications.at(-1)).toMatchObject({
    subject: '[dev] Needs a person: payments',
    account: { why: 'the evidence is 3 min 20 s old (at most 120 s).' },
  });
});

test('a late approval executes nothing and says so', async () => {
  let asked = 0;
  const system = healingSystem({
    mode: 'manual',
    person: () => {
      asked += 1;
      if (asked < 2) return null;
      system.clock.advance(seconds(900));
      return {};
    },
  });
  await system.run(await system.strike(SICK_TASK));
  expect(system.service.effects).toEqual([]);
  expect(system.refusals).toEqual([expect.stringContaining('the question expired at')]);
});

test('a double approval executes once, and the second is told', async () => {
  const { effects, system } = await heal({ person: () => [{}, { approver: 'grace' }, {}] });
  expect(effects).toBe(1);
  expect(system.refusals).toHaveLength(2);
  for (const refusal of system.refusals) expect(refusal).toContain('it was answered already');
});

test('a reordered approval, of the question of an earlier attempt, executes nothing', async () => {
  const seen: string[] = [];
  const { system } = await heal(
    {
      // The first question is answered when the second one is asked, about a plan that is the same.
      person: ({ question }) => {
        seen.push(question.questionId);
        return seen.length === 1 ? {} : { questionId: seen[0] as string };
      },
    },
    { readings: { errorRate: 40 }, sickTasks: 1 },
  );
  expect(system.service.effects.length).toBe(1);
  expect(system.refusals.length).toBeGreaterThan(0);
  for (const refusal of system.refusals) expect(refusal).toContain('to another question');
});

test('an approval of a plan that was never offered executes nothing', async () => {
  const { effects, system } = await heal({ person: () => ({ planHash: sha256('anything') }) });
  expect(effects).toBe(0);
  expect(system.refusals[0]).toContain('about another plan');
});

describe('an alternative', () => {
  const redeploy = hashPlan({ actionId: 'redeploy' }, sha256);

  test('that is approved goes through the guards and is what is done', async () => {
    const { system, journal } = await heal({ person: () => ({ planHash: redeploy }) });
    expect(system.service.effects).toEqual([expect.stringContaining('redeploy')]);
    const verdicts = journal.flatMap((record) => (record.kind === 'verdict_given' ? [record.body] : []));
    expect(verdicts.map(({ verdict, planHash }) => [verdict, planHash === redeploy])).toEqual([
      ['ask', false],
      ['allow', true],
    ]);
  });

  test('is not done when a guard denies it', async () => {
    const { effects } = await heal({
      limits: { maxActionsPerHour: 1 },
      person: () => ({ planHash: redeploy }),
      before: (phase, { stores, clock }) => {
        if (phase === 'Enforce') stores.tables.budget.set(new Date(clock.now()).toISOString().slice(0, 13), 1);
      },
    });
    expect(effects).toBe(0);
  });
});

describe('four eyes on a workload of criticality 0', () => {
  const critical = { limits: { fourEyes: true }, workload: { criticality: 0 as const } };

  test('one person, however often, approves nothing', async () => {
    const { effects, system } = await heal({ ...critical, person: () => [{}, {}, { approver: 'ADA' }] });
    expect(effects).toBe(0);
    expect(system.refusals[0]).toContain('a second person has to');
  });

  test('two people approve', async () => {
    const { effects } = await heal({ ...critical, person: () => [{}, { approver: 'grace' }] });
    expect(effects).toBe(1);
  });
});

test('who takes over is watched: nothing is done, and the recovery is theirs', async () => {
  const { effects, incident, journal } = await heal({
    person: () => ({ answer: 'takeover', approver: 'grace' }),
    before: (phase, { service }) => {
      if (phase === 'Observe') service.breakWith({ readings: {} });
    },
  });
  expect(effects).toBe(0);
  expect(incident).toMatchObject({ status: 'recovered' });
  expect(incident.explanation).toContain('grace took it over by hand');
  expect(journal.some((record) => record.kind === 'action_intended')).toBe(false);
});
