import {
  CreateClusterCommand,
  CreateServiceCommand,
  DescribeServicesCommand,
  ECSClient,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
  type Service,
} from '@aws-sdk/client-ecs';
import type { ActionPlan } from '../../core/contracts/action.ts';
import { WorkloadStateSchema, type WorkloadState } from '../../core/contracts/evidence.ts';
import type { EcsServiceWorkload } from '../../core/contracts/workload.ts';
import { StalePlanError } from '../../core/shared/errors.ts';
import type { Sample } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';
import { systemClock } from '../../lambdas/adapters/clock.ts';
import type { TaskMetricSource } from '../../lambdas/adapters/cloudwatch-metrics.ts';
import { ecsActuator } from '../../lambdas/adapters/ecs-actuator.ts';
import { ecsServiceProbe } from '../../lambdas/adapters/ecs-service-probe.ts';
import { startLocalEcs, type LocalEcs } from '../../local/ecs/server.ts';

/** Probe and actuator against the ECS API over real processes. */
const CLUSTER = 'adapters';
const ANSWER = `require('http').createServer((q,r)=>r.end('ok')).listen(process.env.PORT,'127.0.0.1')`;
const tag = { incidentId: 'inc-20261121-060000-web-1a2b3c', attempt: 1 };

jest.setTimeout(40_000);

let ecs: LocalEcs;
let client: ECSClient;
let services = 0;

beforeAll(async () => {
  ecs = await startLocalEcs({ cluster: CLUSTER });
  client = new ECSClient({
    endpoint: ecs.endpoint,
    region: ecs.region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  await client.send(new CreateClusterCommand({ clusterName: CLUSTER }));
});

afterAll(async () => {
  client.destroy();
  await ecs.close();
});

const register = async (family: string, script: string, image = 'app:1'): Promise<string> => {
  const container = { name: 'app', image, command: ['node', '-e', script], stopTimeout: 1 };
  const input = { family, cpu: '128', memory: '256', containerDefinitions: [container] };
  return String((await client.send(new RegisterTaskDefinitionCommand(input))).taskDefinition?.taskDefinitionArn);
};

const create = async (tasks: number, script = ANSWER) => {
  const serviceName = `web-${(services += 1)}`;
  const revision = await register(serviceName, script);
  await client.send(
    new CreateServiceCommand({ cluster: CLUSTER, serviceName, taskDefinition: revision, desiredCount: tasks }),
  );
  const workload: EcsServiceWorkload = {
    kind: 'ecs-service',
    workloadId: serviceName,
    owner: 'shop-team',
    criticality: 1,
    tier: 'web',
    slo: { errorRatePercent: 5, latencyP95Ms: 400 },
    dependsOn: [],
    allowedActions: ['restart', 'redeploy', 'scaleOut', 'scaleIn', 'rollback'],
    alarms: [],
    metricPeriodSeconds: 1,
    metrics: {
      errorRate: {
        namespace: 'Shop',
        metricName: 'ErrorRate',
        dimensions: { ServiceName: serviceName },
        stat: 'Average',
      },
    },
    clusterArn: `arn:aws:ecs:${ecs.region}:000000000000:cluster/${CLUSTER}`,
    serviceName,
    minTasks: 1,
    maxTasks: 4,
    taskMetricsNamespace: 'Shop/tasks',
  };
  return { workload, revision };
};

const NO_METRICS: TaskMetricSource = { readTasks: async ({ taskIds }) => taskIds.map(() => ({})) };

const look = (workload: EcsServiceWorkload, taskMetrics = NO_METRICS): Promise<WorkloadState> =>
  ecsServiceProbe({ client, taskMetrics, clock: systemClock })(workload, epochMs(0));

const describe1 = async ({ serviceName }: EcsServiceWorkload): Promise<Service> => {
  const answer = await client.send(new DescribeServicesCommand({ cluster: CLUSTER, services: [serviceName] }));
  return answer.services?.[0] ?? {};
};

const until = async <T>(read: () => Promise<T>, holds: (value: T) => boolean, timeoutMs = 20_000): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (holds(value)) return value;
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
const settled = (workload: EcsServiceWorkload): Promise<WorkloadState> =>
  until(
    () => look(workload),
    ({ deploymentInProgress, desired, running, tasks }) =>
      !deploymentInProgress && running === desired && tasks.every(({ lastStatus }) => lastStatus === 'RUNNING'),
  );

const actuator = () => ecsActuator(client);

describe('the probe', () => {
  test('sees a healthy service as it is', async () => {
    const { workload, revision } = await create(2);
    const state = await settled(workload);
    expect(WorkloadStateSchema.parse(state)).toEqual(state);
    expect(state).toMatchObject({ desired: 2, running: 2, stableRevision: null, lastChange: null, deadLetters: null });
    expect(state.currentRevision).toMatchObject({ revision, stable: true });
    expect(state.tasks).toHaveLength(2);
    expect(state.tasks.every(({ sick }) => !sick)).toBe(true);
    expect(state.exits).toEqual([]);
  });

  test('sees why tasks end by themselves, with the exit code', async () => {
    const { workload } = await create(1, `setTimeout(() => process.exit(7), 300)`);
    const { exits } = await until(
      () => look(workload),
      (state) => state.exits.length > 0,
    );
    expect(exits[0]).toMatchObject({
      exitCode: 7,
      reason: expect.stringContaining('Essential container in task exited'),
    });
  });

  test('forgets the failures of a deployment that another one has replaced', async () => {
    const { workload } = await create(1, `setTimeout(() => process.exit(7), 300)`);
    await until(
      () => look(workload),
      ({ exits }) => exits.length > 0,
    );
    const { serviceName } = workload;
    const good = await register(serviceName, `setInterval(() => undefined, 1000)`, 'app:2');
    await client.send(new UpdateServiceCommand({ cluster: CLUSTER, service: serviceName, taskDefinition: good }));
    const { exits } = await settled(workload);
    expect(exits).toEqual([]);
  });

  test('marks the one task that its own metrics show to be sick', async () => {
    const { workload } = await create(2);
    const { tasks } = await settled(workload);
    const victim = tasks[1]?.taskArn.split('/').at(-1);
    const asked: unknown[] = [];
    const metrics: TaskMetricSource = {
      readTasks: async (request) => {
        asked.push(request);
        const sample = (value: number): Sample[] => [{ at: epochMs(Date.now()), value }];
        return request.taskIds.map((id) => ({ errorRate: sample(id === victim ? 80 : 0) }));
      },
    };
    const seen = await until(
      () => look(workload, metrics),
      (state) => state.tasks.some(({ sick }) => sick),
    );
    expect(seen.tasks.filter(({ sick }) => sick)).toEqual([
      expect.objectContaining({ taskArn: tasks[1]?.taskArn, reason: 'fails 80 % of its requests' }),
    ]);
    expect(asked[0]).toMatchObject({ namespace: 'Shop/tasks', taskIds: expect.arrayContaining([victim]) });
  });

  test('tells a rollout, its revision, what it changed and the one before', async () => {
    const { workload, revision } = await create(1);
    await settled(workload);
    const bad = await register(workload.serviceName, `setTimeout(() => process.exit(1), 200)`, 'app:2');
    await client.send(
      new UpdateServiceCommand({ cluster: CLUSTER, service: workload.serviceName, taskDefinition: bad }),
    );
    const state = await look(workload);
    expect(state).toMatchObject({
      deploymentInProgress: true,
      lastChange: 'code',
      currentRevision: { revision: bad, stable: false },
      stableRevision: { revision, stable: true },
    });
  });

  test('refuses to describe a service that does not exist', async () => {
    const { workload } = await create(1);
    const gone = { ...workload, serviceName: 'gone' };
    await expect(look(gone)).rejects.toThrow();
  });
});

describe('restart', () => {
  test('stops exactly the planned task, under our name, and sees after a crash that it did', async () => {
    const { workload } = await create(2);
    const { tasks } = await settled(workload);
    const [sick, other] = tasks.map(({ taskArn }) => taskArn) as [string, string];
    const plan: ActionPlan = { actionId: 'restart', taskArns: [sick] };
    expect(await actuator().isApplied(workload, plan, epochMs(0))).toBe(false);

    const change = await actuator().apply(workload, plan, tag);
    expect(change).toEqual({ changeIds: [sick], detail: 'stopped 1 of 1 planned tasks' });
    expect(await actuator().isApplied(workload, plan, epochMs(0))).toBe(true);

    const after = await until(
      () => look(workload),
      (state) => state.running === 2 && state.tasks.every(({ taskArn }) => taskArn !== sick),
    );
    expect(after.tasks.map(({ taskArn }) => taskArn)).toContain(other);
    // Our own stop is no crash.
    expect(after.exits).toEqual([]);
    expect(await actuator().apply(workload, plan, tag)).toEqual({
      changeIds: [],
      detail: 'stopped 0 of 1 planned tasks; 1 had ended already',
    });
    expect(await actuator().undo(workload, plan, tag)).toMatchObject({
      changeIds: [],
      detail: expect.stringMatching(/nothing has to be put back/),
    });
  });

  test("refuses another service's task", async () => {
    const [mine, foreign] = [await create(1), await create(1)];
    await settled(mine.workload);
    const { tasks } = await settled(foreign.workload);
    const plan: ActionPlan = { actionId: 'restart', taskArns: [String(tasks[0]?.taskArn)] };
    await expect(actuator().apply(mine.workload, plan, tag)).rejects.toThrow(
      /planned for tasks of web-\d+, but it has none of the name/,
    );
    expect((await describe1(foreign.workload)).runningCount).toBe(1);
  });
});

test('redeploy starts a new deployment of the same revision', async () => {
  const { workload, revision } = await create(1);
  const before = await settled(workload);
  const intent = systemClock.now();
  const plan: ActionPlan = { actionId: 'redeploy' };
  expect(await actuator().isApplied(workload, plan, intent)).toBe(false);
  const { changeIds } = await actuator().apply(workload, plan, tag);
  expect(await actuator().isApplied(workload, plan, intent)).toBe(true);
  const after = await settled(workload);
  expect(after.currentRevision).toMatchObject({ revision, deploymentId: changeIds[0], stable: true });
  expect(after.tasks[0]?.taskArn).not.toBe(before.tasks[0]?.taskArn);
  expect((await actuator().undo(workload, plan, tag)).detail).toContain('nothing has to be put back');
});

describe('scaling', () => {
  const plan: ActionPlan = { actionId: 'scaleOut', fromTasks: 1, toTasks: 2 };

  test('goes to the planned number, once, and back', async () => {
    const { workload } = await create(1);
    await settled(workload);
    expect(await actuator().isApplied(workload, plan, epochMs(0))).toBe(false);
    expect((await actuator().apply(workload, plan, tag)).detail).toBe(
      'changed the number of desired tasks from 1 to 2',
    );
    expect(await actuator().isApplied(workload, plan, epochMs(0))).toBe(true);
    expect((await actuator().apply(workload, plan, tag)).detail).toBe('the service already wants 2 tasks');
    expect((await describe1(workload)).desiredCount).toBe(2);
    await actuator().undo(workload, plan, tag);
    expect((await describe1(workload)).desiredCount).toBe(1);
  });

  test('refuses when somebody else has scaled meanwhile', async () => {
    const { workload } = await create(3);
    await expect(actuator().apply(workload, plan, tag)).rejects.toBeInstanceOf(StalePlanError);
    await expect(actuator().undo(workload, plan, tag)).rejects.toThrow(/planned for 2 desired tasks.*has 3 now/);
    expect((await describe1(workload)).desiredCount).toBe(3);
  });
});

describe('rollback', () => {
  test('goes back to the stable revision and, undone, forward again', async () => {
    const { workload, revision } = await create(1);
    await settled(workload);
    const bad = await register(workload.serviceName, ANSWER, 'app:2');
    await client.send(
      new UpdateServiceCommand({ cluster: CLUSTER, service: workload.serviceName, taskDefinition: bad }),
    );
    const plan: ActionPlan = { actionId: 'rollback', fromRevision: bad, toRevision: revision };
    expect(await actuator().isApplied(workload, plan, epochMs(0))).toBe(false);
    const { changeIds } = await actuator().apply(workload, plan, tag);
    expect(await actuator().isApplied(workload, plan, epochMs(0))).toBe(true);
    const after = await settled(workload);
    expect(after.currentRevision).toMatchObject({ revision, deploymentId: changeIds[0] });
    // The revision that was rolled back is newer, and nothing to go back to.
    expect(after.stableRevision).toBeNull();
    expect((await actuator().apply(workload, plan, tag)).detail).toContain('already runs');
    await actuator().undo(workload, plan, tag);
    expect((await describe1(workload)).taskDefinition).toBe(bad);
  });

  test('refuses when another revision runs than the one planned to be left', async () => {
    const { workload, revision } = await create(1);
    const plan: ActionPlan = { actionId: 'rollback', fromRevision: `${revision}9`, toRevision: `${revision}8` };
    await expect(actuator().apply(workload, plan, tag)).rejects.toThrow(/was planned for/);
    expect((await describe1(workload)).taskDefinition).toBe(revision);
  });
});

test('refuses what cannot be done to a service', async () => {
  const { workload } = await create(1);
  await expect(actuator().apply(workload, { actionId: 'redrive', messages: 1 }, tag)).rejects.toThrow(
    /redrive cannot be done to .*, a ecs-service; possible are restart/,
  );
});
