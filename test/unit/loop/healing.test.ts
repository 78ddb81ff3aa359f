import { verifyChain } from '../../../core/journal/chain.ts';
import { epochMs, seconds } from '../../../core/shared/units.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { aService } from '../../support/builders.ts';
import type { HealingSystem, SystemOptions } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import type { Fault } from '../../support/simulated-service.ts';

/** The use cases of all phases, in the order and with the choices of the deployed state machine, over the fakes. */

const SICK_TASK: Fault = { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart'] };
const OVERLOAD: Fault = {
  readings: { latencyP95: 1_500, cpuUtilization: 95, requestCount: 4_000 },
  curedBy: ['scaleOut'],
};
const T1 = 'arn:aws:ecs:eu-central-1:111122223333:task/shop/t1';

const heal = async (fault: Fault, options: SystemOptions = {}) => {
  const system = healingSystem(options);
  const incidentId = await system.strike(fault);
  const execution = await system.run(incidentId);
  const incident = await system.incident(incidentId);
  const journal = await system.journal(incidentId);
  expect(verifyChain(journal, sha256)).toEqual([]);
  expect([...system.stores.tables.acting]).toEqual([]);
  return { system, incidentId, execution, incident, journal };
};

/** Runs something once, just before the given phase. */
const once = (phase: string, change: (system: HealingSystem) => void): SystemOptions => {
  let done = false;
  return {
    before: (name, system) => {
      if (name !== phase || done) return;
      done = true;
      change(system);
    },
  };
};

describe('heals', () => {
  test.each([
    ['a sick task, by restarting it', SICK_TASK, `restart ${T1}`],
    ['an overload, by scaling out', OVERLOAD, 'scaleOut 2 to 4'],
    [
      'a bad deployment, by rolling back',
      { readings: { errorRate: 40 }, deployed: true, curedBy: ['rollback'] } satisfies Fault,
      'rollback to arn:aws:ecs:eu-central-1:111122223333:task-definition/payments:7',
    ],
  ])('%s', async (_, fault, effect) => {
    const { system, incident, execution, journal } = await heal(fault);
    expect(system.service.effects).toEqual([effect]);
    expect(incident).toMatchObject({ status: 'recovered', attempts: 1, outcome: 'recovered' });
    expect(execution.path.at(-1)).toBe('Recovered');
    expect(journal.map(({ kind }) => kind)).toEqual([
      'incident_opened',
      'evidence_gathered',
      'evidence_validated',
      'action_decided',
      'verdict_given',
      'action_intended',
      'action_applied',
      'outcome_measured',
      'attempt_explained',
    ]);
    expect(system.notifications.map(({ subject }) => subject)).toEqual(['[dev] Recovered: payments']);
  });

  test('and learns from it once, and remembers what it did', async () => {
    const { system, incidentId } = await heal(SICK_TASK);
    const { experiences, history, rows } = system.stores.tables;
    expect([...experiences.keys()]).toEqual([incidentId]);
    expect(history.get('payments')).toMatchObject([
      { incidentId, actionId: 'restart', outcome: 'recovered', changeIds: [T1] },
    ]);
    expect(rows.get('web')?.size).toBeGreaterThan(0);
  });

  test('what breaks again within the hour takes back that the cure lasted, once, and says so', async () => {
    const { system, incidentId } = await heal(SICK_TASK);
    const restarts = (count: string) =>
      [...(system.stores.tables.rows.get('web') ?? [])]
        .filter(([row]) => !row.startsWith('.'))
        .reduce((sum, [, row]) => sum + (row[`${count}.restart`] ?? 0), 0);
    expect(restarts('held')).toBeGreaterThan(0.9);
    system.clock.advance(seconds(1_200));
    const again = await system.strike(SICK_TASK);
    await system.run(again);
    const { experiences, rows } = system.stores.tables;
    expect([...experiences.keys()].sort()).toEqual([incidentId, `${incidentId}#relapse`, again].sort());
    expect(experiences.get(`${incidentId}#relapse`)?.kind).toBe('relapse');
    expect(restarts('relapsed')).toBeGreaterThan(0.9);
    expect(restarts('held')).toBeCloseTo(restarts('fixed') - restarts('relapsed'), 1);
    expect((await system.incident(again)).explanation).toContain(
      `This is a relapse of ${incidentId}: its restart held`,
    );
    const ledger = rows.get('web')?.get('.ledger@live') ?? {};
    const counted = Object.entries(ledger).map(([name, count]) => [name.replace(/\..*\./, '.'), count]);
    expect(Object.fromEntries(counted)).toEqual({ 'healed.restart': 2, 'relapsed.restart': 1 });
  });

  test('what breaks again after the hour is no relapse', async () => {
    const { system, incidentId } = await heal(SICK_TASK);
    system.clock.advance(seconds(3_700));
    const again = await system.strike(SICK_TASK);
    await system.run(again);
    expect([...system.stores.tables.experiences.keys()].sort()).toEqual([incidentId, again].sort());
  });

  test('what a dependant reports at the dependency that is in alarm', async () => {
    const web = aService('web', { dependsOn: ['payments'] });
    const { incident, system } = await heal(SICK_TASK, { others: [web] });
    expect(incident).toMatchObject({ workloadId: 'payments', status: 'recovered' });
    expect([...system.stores.tables.pointers.keys()].sort()).toEqual(['payments', 'web']);
  });
});

describe('stays quiet', () => {
  test('when it was over before anybody could look', async () => {
    const { system, incident, execution } = await heal({ readings: { errorRate: 40 }, endsAfterSeconds: 5 });
    expect(system.service.effects).toEqual([]);
    expect(incident.status).toBe('dismissed');
    expect(execution.path).toEqual(['Sense', 'Validate', 'IsStillWrong', 'Explain', 'WhichEnd', 'Dismissed']);
    expect(system.notifications).toEqual([]);
  });

  test('when something else is wrong by then, and has not lasted: that has an alarm of its own', async () => {
    const { metricPeriodSeconds } = aService();
    const blip = { readings: { errorRate: 40 }, endsAfterSeconds: 2 * metricPeriodSeconds };
    const busy = once('Validate', ({ service, clock }) => {
      clock.advance(seconds(10 * metricPeriodSeconds));
      service.breakWith({ readings: { latencyP95: 1_500 } });
      clock.advance(seconds(4 * metricPeriodSeconds));
    });
    const { system, incident, journal } = await heal(blip, busy);
    expect(incident.status).toBe('dismissed');
    expect(system.service.effects).toEqual([]);
    expect(journal.find(({ kind }) => kind === 'evidence_validated')?.body).toMatchObject({
      checks: expect.arrayContaining([expect.objectContaining({ check: 'still wrong', passed: false })]),
    });
  });

  test('when it recovers by itself just before Act, and takes no credit', async () => {
    const ends = once('Act', ({ service, clock }) => {
      service.breakWith({ readings: {} });
      clock.advance(seconds(60));
    });
    const { system, incident, journal } = await heal(SICK_TASK, ends);
    expect(system.service.effects).toEqual([]);
    expect(incident).toMatchObject({ status: 'recovered', outcome: 'self_recovered' });
    expect(journal.find((record) => record.kind === 'action_applied')?.body).toMatchObject({ status: 'not_needed' });
    expect(system.stores.tables.history.size).toBe(0);
  });

  test('in shadow mode it decides, records and does nothing', async () => {
    const { system, incident, journal } = await heal(SICK_TASK, { mode: 'shadow' });
    expect(system.service.effects).toEqual([]);
    expect(incident.status).toBe('escalated');
    expect(journal.find((record) => record.kind === 'action_decided')?.body.plan.actionId).toBe('restart');
    expect(journal.find((record) => record.kind === 'verdict_given')?.body.verdict).toBe('deny');
  });
});

describe('refuses', () => {
  const verdictOf = async (options: SystemOptions) => {
    const { journal, system } = await heal(SICK_TASK, options);
    expect(system.service.effects).toEqual([]);
    const applied = journal.find((record) => record.kind === 'action_applied')?.body;
    const denied = journal
      .find((record) => record.kind === 'verdict_given')
      ?.body.guards.filter(({ result }) => result === 'deny')
      .map(({ guard }) => guard);
    return { applied, denied, system };
  };

  test('when the mode is off', async () => {
    expect((await verdictOf({ mode: 'off' })).denied).toEqual(['mode']);
  });

  test('when it is turned off between the verdict and the action', async () => {
    const { applied } = await verdictOf(once('Act', (system) => (system.mode = 'off')));
    expect(applied).toMatchObject({ status: 'refused', detail: expect.stringContaining('the mode is off') });
  });

  test('when the lease went to another incident between the verdict and the action', async () => {
    const { applied, system } = await verdictOf(
      once(
        'Act',
        ({ stores }) =>
          void stores.tables.leases.set('payments', {
            holder: 'inc-20261121-060000-payments-ffffff',
            fencingToken: 2,
            expiresAt: epochMs(Number.MAX_SAFE_INTEGER),
          }),
      ),
    );
    expect(applied?.detail).toBe('nothing, because the lease was lost to another incident');
    expect(system.stores.tables.leases.get('payments')?.fencingToken).toBe(2);
  });

  test('a plan that somebody else has overtaken', async () => {
    const { journal, system, incident } = await heal(
      OVERLOAD,
      once('Act', ({ service }) => service.deployByHand()),
    );
    expect(system.service.effects).toEqual([]);
    const applied = journal.find((record) => record.kind === 'action_applied')?.body;
    expect(applied).toMatchObject({
      status: 'refused',
      detail: expect.stringContaining('planned for 2 desired tasks'),
    });
    expect(incident.status).toBe('escalated');
  });

  test('when another incident acts on the workload', async () => {
    const { denied } = await verdictOf(
      once(
        'Enforce',
        ({ stores }) =>
          void stores.tables.leases.set('payments', {
            holder: 'inc-20261121-060000-payments-ffffff',
            fencingToken: 7,
            expiresAt: epochMs(Number.MAX_SAFE_INTEGER),
          }),
      ),
    );
    // A lease beyond all dates: the guard fails, and the policy about it finds nothing to judge.
    expect(denied).toEqual(['single-flight', 'policies']);
  });

  test('what the owner does not allow, and calls a person', async () => {
    const { system, incident, journal } = await heal(SICK_TASK, { workload: { allowedActions: [] } });
    expect(system.service.effects).toEqual([]);
    expect(incident.status).toBe('escalated');
    const decision = journal.find((record) => record.kind === 'action_decided')?.body;
    expect(decision?.candidates.find(({ actionId }) => actionId === 'restart')?.masked).toBe(
      'shop-team does not allow it for payments',
    );
  });
});

describe('asks in manual mode', () => {
  const answering =
    (answer: 'approve' | 'decline'): NonNullable<SystemOptions['person']> =>
    ({ planHash }) => ({ answer, approver: 'ada', planHash, reason: 'looked at it' });

  test('and acts on a yes', async () => {
    const { system, incident, journal } = await heal(SICK_TASK, { mode: 'manual', person: answering('approve') });
    expect(system.service.effects).toEqual([`restart ${T1}`]);
    expect(incident.status).toBe('recovered');
    expect(journal.find((record) => record.kind === 'action_intended')?.body.approval).toMatchObject({
      answer: 'approve',
      approver: 'ada',
    });
    expect(system.notifications[0]?.subject).toBe('[dev] Approval wanted: restart 1 sick task on payments');
  });

  test('does nothing on a no, and says whose it was', async () => {
    const { system, incident } = await heal(SICK_TASK, { mode: 'manual', person: answering('decline') });
    expect(system.service.effects).toEqual([]);
    expect(incident.status).toBe('escalated');
    expect(incident.explanation).toContain('ada declined it (looked at it).');
  });

  test('takes silence for a no', async () => {
    const { system, execution, incident } = await heal(SICK_TASK, { mode: 'manual' });
    expect(execution.errors).toEqual(['States.Timeout', 'States.Timeout']);
    expect(system.notifications.map(({ subject }) => subject)).toEqual([
      '[dev] Approval wanted: restart 1 sick task on payments',
      '[dev] No answer yet: restart 1 sick task on payments',
      '[dev] Needs a person: payments',
    ]);
    expect(system.service.effects).toEqual([]);
    expect(incident.explanation).toContain('Nobody answered in time, which is a no.');
  });

  test('does not act on an answer that is about another plan', async () => {
    const { system, incident } = await heal(SICK_TASK, {
      mode: 'manual',
      person: () => ({ answer: 'approve', approver: 'ada', planHash: sha256('another plan'), reason: null }),
    });
    expect(system.service.effects).toEqual([]);
    expect(incident.status).toBe('escalated');
  });

  test('does not act on a yes that came too late for its lease', async () => {
    const { system } = await heal(SICK_TASK, {
      mode: 'manual',
      person: answering('approve'),
      ...once('Act', ({ clock }) => clock.advance(seconds(2_000))),
    });
    expect(system.service.effects).toEqual([]);
  });
});

describe('tries again', () => {
  test('undoes what made it worse before it does anything else', async () => {
    const { system, execution } = await heal({ ...OVERLOAD, curedBy: ['redeploy'], worsenedBy: ['scaleOut'] });
    expect(system.service.effects.slice(0, 2)).toEqual(['scaleOut 2 to 4', 'undo scaleOut']);
    expect(execution.path).toContain('UndoAction');
  });

  test('says so when what made it worse can no longer be undone', async () => {
    const { system, journal } = await heal(
      { ...OVERLOAD, curedBy: [], worsenedBy: ['scaleOut'] },
      {
        workload: { allowedActions: ['scaleOut'] },
        limits: { maxAttempts: 1 },
        before: (phase, { service }) => {
          if (phase === 'Explain') return;
          if (phase === 'Observe' && service.effects.length === 1) service.deployByHand();
        },
      },
    );
    expect(system.service.effects).toEqual(['scaleOut 2 to 4']);
    expect(journal.find((record) => record.kind === 'action_undone')?.body.status).toBe('refused');
  });

  test('at most three times, then a person has it', async () => {
    const { system, incident, execution } = await heal({ readings: { errorRate: 40 }, sickTasks: 1 });
    expect(incident).toMatchObject({ status: 'escalated', attempts: 3 });
    expect(execution.path.filter((state) => state === 'Sense')).toHaveLength(3);
    expect(system.service.effects.length).toBeLessThanOrEqual(3);
    expect(system.notifications.map(({ subject }) => subject)).toEqual(['[dev] Needs a person: payments']);
  });

  test('and counts a later recovery as recovered when the next attempt finds nothing wrong', async () => {
    let explained = 0;
    const { incident } = await heal(
      { readings: { errorRate: 40 }, sickTasks: 1 },
      {
        before: (phase, { service, clock }) => {
          if (phase !== 'Explain') return;
          explained += 1;
          if (explained !== 1) return;
          service.breakWith({ readings: {} });
          clock.advance(seconds(60));
        },
      },
    );
    expect(incident).toMatchObject({ status: 'recovered', attempts: 2 });
  });
});

describe('when the loop itself breaks', () => {
  const broken = (phase: string, error: Error): SystemOptions => ({
    before: (name) => {
      if (name === phase) throw error;
    },
  });

  test.each(['Sense', 'Validate', 'Decide', 'Enforce', 'Act', 'Observe', 'Explain'])(
    'in %s a person is called, what was held is released, and the journal says why',
    async (phase) => {
      const { incident, journal, system, execution } = await heal(SICK_TASK, broken(phase, new TypeError('a bug')));
      expect(execution.path.at(-1)).toBe('Escalated');
      expect(incident.status).toBe('escalated');
      expect(journal.at(-1)).toMatchObject({
        kind: 'incident_escalated',
        body: { error: 'TypeError', cause: 'a bug' },
      });
      expect(system.notifications.map(({ subject }) => subject)).toEqual(['[dev] Needs a person: payments']);
      const { leases } = system.stores.tables;
      expect([...leases.values()].every(({ expiresAt }) => expiresAt === 0)).toBe(true);
    },
  );

  test('after an action, the action stays in the history that the guards read', async () => {
    const { system, incidentId } = await heal(SICK_TASK, broken('Observe', new TypeError('a bug')));
    expect(system.stores.tables.history.get('payments')).toMatchObject([
      { incidentId, actionId: 'restart', outcome: 'unchanged', changeIds: [T1] },
    ]);
  });

  test('before the action, no action is remembered', async () => {
    const { system } = await heal(SICK_TASK, broken('Act', new TypeError('a bug')));
    expect(system.stores.tables.history.size).toBe(0);
  });
});
