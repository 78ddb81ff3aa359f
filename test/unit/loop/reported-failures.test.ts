import type { Verdict } from '../../../core/contracts/verdict.ts';
import { PermissionDeniedError } from '../../../core/shared/errors.ts';
import { seconds } from '../../../core/shared/units.ts';
import { translate } from '../../../lambdas/adapters/sdk-errors.ts';
import { resolveEnvironments } from '../../../lib/config/overrides.ts';
import { CONFIGURATION_KEYS, hasReader } from '../../support/configuration-keys.ts';
import type { HealingSystem, SystemOptions } from '../../support/healing-system.ts';
import { healingSystem } from '../../support/healing-system.ts';
import { memoryStores } from '../../support/memory-stores.ts';
import { alarmMessage, ecsEvent } from '../../support/messages.ts';
import { simulatedClock } from '../../support/simulated-clock.ts';
import type { Fault } from '../../support/simulated-service.ts';

/**
 * What users of such systems report, replayed through the whole loop in memory. Each has a twin that acts, because a broken
 * harness does nothing either. Approvals in every detail: `approvals.test.ts`.
 */

const SICK_TASK: Fault = { readings: { errorRate: 40 }, sickTasks: 1, curedBy: ['restart', 'redeploy'] };

const heal = async (options: SystemOptions = {}, fault: Fault = SICK_TASK) => {
  const system = healingSystem(options);
  const incidentId = await system.strike(fault);
  await system.run(incidentId);
  return { system, incidentId, incident: await system.incident(incidentId), effects: system.service.effects };
};

test('the twin: with nothing special about it, the same fault is healed by one action', async () => {
  const { effects, incident } = await heal();
  expect([effects.length, incident.status]).toEqual([1, 'recovered']);
});

describe('a loop of successful remediation that helped nobody', () => {
  test('is handed to a person by the third ineffective success', async () => {
    const system = healingSystem({
      limits: { maxIneffectiveSuccesses: 3, maxConsecutiveFailures: 99, cooldownSeconds: 0 },
    });
    for (let incident = 0; incident < 4; incident += 1) {
      await system.run(await system.strike({ readings: { errorRate: 40 + incident }, sickTasks: 1 }));
      system.clock.advance(seconds(120));
    }
    expect(system.service.effects.length).toBe(3);
    const statuses = [...system.stores.tables.incidents.values()].map(({ view }) => view.status);
    expect(statuses.at(-1)).toBe('escalated');
  });
});

describe('a healer that is triggered by its own change', () => {
  const BAD_TASK: Fault = { readings: { errorRate: 40 }, deployed: true, curedBy: ['rollback'] };

  /** After a heal by a deployment, ECS reports that a deployment failed while errors are high again. */
  const reportedAfter = async (deploymentOf: (system: HealingSystem) => string) => {
    const { system } = await heal({}, BAD_TASK);
    expect(system.service.effects.length).toBe(1);
    system.clock.advance(seconds(1_000));
    system.service.breakWith(SICK_TASK);
    system.clock.advance(seconds(40));
    const report = ecsEvent('SERVICE_DEPLOYMENT_FAILED', system.clock.now(), {
      detail: { eventName: 'SERVICE_DEPLOYMENT_FAILED', deploymentId: deploymentOf(system), reason: 'tasks failed' },
    });
    const handled = await system.deliver(report);
    if (handled.result === 'opened') await system.run(handled.incidentId);
    return { further: system.service.effects.length - 1, handled };
  };
  const ours = ({ stores }: HealingSystem): string => stores.tables.history.get('payments')?.[0]?.changeIds[0] ?? '';

  test('does nothing about what only its own change signals', async () => {
    const { further } = await reportedAfter(ours);
    expect(further).toBe(0);
  });

  test("the twin: the same report about somebody else's deployment is healed", async () => {
    const { further } = await reportedAfter(() => 'ecs-svc/of-somebody-else');
    expect(further).toBe(1);
  });
});

describe('an approval that executes a plan of the past', () => {
  const T = { mode: 'manual' } as const;
  /** Changes the world between the yes and its use. */
  const meanwhile = (change: (system: HealingSystem) => void): SystemOptions => {
    let looks = 0;
    return {
      ...T,
      person: () => ({}),
      before: (phase, system) => {
        if (phase === 'Sense' && ++looks === 2) change(system);
      },
    };
  };
  const late = (): SystemOptions => {
    const asked: HealingSystem[] = [];
    let questions = 0;
    return {
      ...T,
      before: (_, system) => void asked.push(system),
      person: () => {
        questions += 1;
        if (questions === 1) return null;
        asked[0]?.clock.advance(seconds(900));
        return {};
      },
    };
  };

  test('the twin: in time, and about what is still so, it acts once', async () => {
    expect((await heal({ ...T, person: () => ({}) })).effects.length).toBe(1);
  });

  test('stale: it executes nothing', async () => {
    const changed = meanwhile(({ service }) => service.breakWith({ ...SICK_TASK, sickTasks: 2 }));
    const { effects, incident } = await heal(changed);
    expect(effects).toEqual([]);
    expect(incident.explanation).toContain('the approval is about another plan');
  });

  test('late: it executes nothing, and says so', async () => {
    const { effects, system } = await heal(late());
    expect(effects).toEqual([]);
    expect(system.refusals).toEqual([expect.stringContaining('the question expired at')]);
  });

  test('double: the second executes nothing', async () => {
    const { effects, system } = await heal({ ...T, person: () => [{}, { approver: 'grace' }] });
    expect(effects.length).toBe(1);
    expect(system.refusals).toEqual([expect.stringContaining('it was answered already')]);
  });

  test('reordered: a yes to an earlier question executes nothing', async () => {
    const seen: string[] = [];
    const person: SystemOptions['person'] = ({ question }) => {
      seen.push(question.questionId);
      return seen.length === 1 ? {} : { questionId: seen[0] ?? '' };
    };
    const { effects, system } = await heal({ ...T, person }, { readings: { errorRate: 40 }, sickTasks: 1 });
    expect(effects.length).toBe(1);
    expect(system.refusals).toContainEqual(expect.stringContaining('to another question'));
  });
});

test('38 at once after a pause: three plans are shown dry, ten people are asked, the rest waits for a person', async () => {
  const fleet = { clock: simulatedClock(), stores: memoryStores() };
  const systems = Array.from({ length: 38 }, (_, index) => {
    const workloadId = `key-${String(index).padStart(2, '0')}`;
    const workload = { workloadId, serviceName: workloadId, tier: 'keys' };
    const limits = { signalMaxAgeSeconds: 7_200, confirmSeconds: 0, maxConcurrentActions: 99 };
    return healingSystem({ fleet, workload, limits, person: () => ({ answer: 'decline' }) });
  });
  for (const { service } of systems) service.breakWith(SICK_TASK);
  fleet.clock.advance(seconds(40));
  const opened: string[] = [];
  for (const { deliver, service } of systems) {
    const handled = await deliver(alarmMessage(`${service.workload.workloadId}-errors`, fleet.clock.now()));
    if (handled.result === 'opened') opened.push(handled.incidentId);
  }
  expect(opened.length).toBe(38);
  fleet.clock.advance(seconds(600)); // the pause
  const first: Verdict[] = [];
  for (const [index, system] of systems.entries()) {
    await system.run(opened[index] ?? '');
    const journal = await system.journal(opened[index] ?? '');
    const given = journal.find((record) => record.kind === 'verdict_given');
    if (given?.kind === 'verdict_given') first.push(given.body);
    expect(journal.some((record) => record.kind === 'action_decided')).toBe(true);
    expect((await system.incident(opened[index] ?? '')).status).toBe('escalated');
  }
  expect(systems.flatMap(({ service }) => service.effects)).toEqual([]);
  const backlog = first.map(({ verdict, guards }) => {
    const { reason = '' } = guards.find(({ guard }) => guard === 'backlog') ?? {};
    return `${verdict} ${/planned and recorded, not done|a person decides|behind more/.exec(reason)?.[0]}`;
  });
  expect(backlog).toEqual([
    ...Array<string>(3).fill('deny planned and recorded, not done'),
    ...Array<string>(10).fill('ask a person decides'),
    ...Array<string>(25).fill('deny behind more'),
  ]);
});

describe('limits that are skipped where a label is missing', () => {
  test.each(['kind', 'owner', 'criticality', 'tier', 'allowedActions', 'minTasks', 'maxTasks'] as const)(
    'without %s nothing is done, and the refusal says what could not be read',
    async (label) => {
      const system = healingSystem();
      const { [label]: _, ...unlabelled } = system.service.workload;
      const incidentId = await system.strike(SICK_TASK);
      system.stores.tables.workloads.set('payments', unlabelled as never);
      await system.run(incidentId).catch(() => undefined);
      expect(system.service.effects).toEqual([]);
      const { status, explanation } = await system.incident(incidentId);
      expect([status, explanation]).toEqual(['escalated', expect.stringMatching(new RegExp(label))]);
    },
  );
});

describe('thresholds that are accepted and never read', () => {
  test('a key that no code knows stops the synthesis and is named', () => {
    const override = { prod: { limits: { maxKeysDisabledAtOnce: 5 } } };
    expect(() => resolveEnvironments(override)).toThrow(/maxKeysDisabledAtOnce/);
  });

  test('every key that is accepted has a reader', () => {
    const keys = Object.values(CONFIGURATION_KEYS).flat();
    expect(keys.length).toBeGreaterThan(40);
    expect(keys.filter((key) => !hasReader(key))).toEqual([]);
  });
});

describe('a missing permission that shows as nothing but waiting', () => {
  const ROLE = 'arn:aws:sts::111122223333:assumed-role/Kintsugi-dev/f';
  const denied = translate(
    Object.assign(
      new Error(`User: ${ROLE} is not authorized to perform: ecs:UpdateService on resource: arn:aws:ecs:e:1:service/s`),
      { name: 'AccessDeniedException' },
    ),
    'ecs:UpdateService',
  );

  test.each(['Sense', 'Validate', 'Decide', 'Enforce', 'Act'])(
    'in %s it is a named gap within two seconds',
    async (failing) => {
      if (!(denied instanceof PermissionDeniedError)) throw new Error('AccessDenied was not recognised');
      let failedAt = 0;
      const { system, incident, effects } = await heal({
        before: (phase, { clock }) => {
          if (phase !== failing) return;
          failedAt = clock.now();
          throw denied;
        },
      });
      expect(effects).toEqual([]);
      expect(incident).toMatchObject({
        status: 'escalated',
        gap: { kind: 'permission', action: 'ecs:UpdateService', who: ROLE },
      });
      expect(incident.gap?.fix).toContain('Allow ecs:UpdateService on arn:aws:ecs:e:1:service/s');
      const last = (await system.journal(incident.incidentId)).at(-1);
      expect(last?.kind).toBe('incident_escalated');
      expect(Date.parse(last?.at ?? '') - failedAt).toBeLessThanOrEqual(2_000);
    },
  );
});
