import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateClusterCommand,
  CreateServiceCommand,
  DeleteClusterCommand,
  DeleteServiceCommand,
  DescribeServiceRevisionsCommand,
  DescribeServicesCommand,
  DescribeTasksCommand,
  ECSClient,
  ListServiceDeploymentsCommand,
  ListTasksCommand,
  RegisterTaskDefinitionCommand,
  StopTaskCommand,
  UpdateServiceCommand,
  type ContainerDefinition,
  type DeploymentConfiguration,
  type ServiceDeploymentStatus,
  type Task,
} from '@aws-sdk/client-ecs';
import type { EcsEvent } from '../../local/ecs/notices.ts';
import { startLocalEcs, type LocalEcs } from '../../local/ecs/server.ts';

/** The unmodified SDK client against the local ECS; every task is a real process. */
const CLUSTER = 'test';
const ANSWER = `require('http').createServer((q,r)=>setTimeout(()=>r.end(process.env.SCRATCH_DIR),20)).listen(process.env.PORT,'127.0.0.1')`;
const LEAVE_IN_ORDER = `;process.on('SIGTERM',()=>setTimeout(()=>process.exit(0),200))`;

jest.setTimeout(30_000);

let ecs: LocalEcs;
let client: ECSClient;
const events: EcsEvent[] = [];

const until = async <T>(
  read: () => Promise<T | undefined> | T | undefined,
  what: string,
  timeoutMs = 12_000,
): Promise<T> => {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    const value = await read();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`${what}: not within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
};

const register = async (family: string, script: string, more: Partial<ContainerDefinition> = {}, memory = '256') => {
  const container = { name: 'app', image: 'app:1', command: ['node', '-e', script], stopTimeout: 1, ...more };
  const output = await client.send(
    new RegisterTaskDefinitionCommand({ family, cpu: '256', memory, containerDefinitions: [container] }),
  );
  return String(output.taskDefinition?.taskDefinitionArn);
};

const create = async (
  name: string,
  taskDefinition: string,
  desiredCount = 1,
  deploymentConfiguration?: DeploymentConfiguration,
) => {
  await client.send(
    new CreateServiceCommand({
      cluster: CLUSTER,
      serviceName: name,
      taskDefinition,
      desiredCount,
      deploymentConfiguration,
    }),
  );
  return ecs.router.open(name);
};

const describeService = async (name: string) => {
  const { services } = await client.send(new DescribeServicesCommand({ cluster: CLUSTER, services: [name] }));
  const service = services?.[0];
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
};

const steady = (name: string) =>
  until(async () => {
    const { deployments } = await describeService(name);
    return deployments?.length === 1 && deployments[0]?.rolloutState === 'COMPLETED' ? deployments[0] : undefined;
  }, `${name} steady`);

const tasksOf = async (serviceName: string, desiredStatus: 'RUNNING' | 'STOPPED'): Promise<readonly Task[]> => {
  const { taskArns = [] } = await client.send(new ListTasksCommand({ cluster: CLUSTER, serviceName, desiredStatus }));
  if (taskArns.length === 0) return [];
  return (await client.send(new DescribeTasksCommand({ cluster: CLUSTER, tasks: taskArns }))).tasks ?? [];
};

const firstStopped = (name: string, timeoutMs?: number) =>
  until(
    async () => (await tasksOf(name, 'STOPPED')).find(({ lastStatus }) => lastStatus === 'STOPPED'),
    `${name} stopped`,
    timeoutMs,
  );

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

beforeAll(async () => {
  ecs = await startLocalEcs({ cluster: CLUSTER, publish: (event) => events.push(event) });
  client = new ECSClient({
    endpoint: ecs.endpoint,
    region: ecs.region,
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  await client.send(new CreateClusterCommand({ clusterName: CLUSTER }));
});

afterAll(async () => {
  const pids = ecs.pids();
  client.destroy();
  await ecs.close();
  expect(pids.filter(isAlive)).toEqual([]);
});

describe('errors have the names of AWS', () => {
  test.each([
    ['ClusterNotFoundException', () => new DescribeServicesCommand({ cluster: 'nowhere', services: ['a'] })],
    ['ServiceNotFoundException', () => new UpdateServiceCommand({ cluster: CLUSTER, service: 'nobody' })],
    ['InvalidParameterException', () => new UpdateServiceCommand({ cluster: CLUSTER, service: 'a', desiredCount: -1 })],
    [
      'ClientException',
      () => new CreateServiceCommand({ cluster: CLUSTER, serviceName: 'a', taskDefinition: 'none:1' }),
    ],
  ])('%s', async (name, command) => {
    await expect(client.send(command() as UpdateServiceCommand)).rejects.toMatchObject({
      name,
      $metadata: { httpStatusCode: 400 },
    });
  });

  test('a service that is missing is a failure, not an error', async () => {
    const { failures } = await client.send(new DescribeServicesCommand({ cluster: CLUSTER, services: ['nobody'] }));
    expect(failures).toEqual([{ arn: 'nobody', reason: 'MISSING' }]);
  });

  test('a cluster with services cannot be deleted', async () => {
    await create('stays', await register('stays', ANSWER));
    await expect(client.send(new DeleteClusterCommand({ cluster: CLUSTER }))).rejects.toMatchObject({
      name: 'ClusterContainsServicesException',
    });
  });
});

describe('deployments', () => {
  test('a forced deployment replaces every task without failing a request, on a fresh volume', async () => {
    const url = await create('rolling', await register('rolling', ANSWER + LEAVE_IN_ORDER), 2);
    const before = await steady('rolling');
    const oldVolume = await (await fetch(url)).text();
    const statuses: number[] = [];
    const load = setInterval(() => void fetch(url).then(({ status }) => statuses.push(status)), 30);

    await client.send(new UpdateServiceCommand({ cluster: CLUSTER, service: 'rolling', forceNewDeployment: true }));
    const after = await until(async () => {
      const primary = await steady('rolling');
      return primary.id === before.id ? undefined : primary;
    }, 'new deployment');
    clearInterval(load);

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect((await tasksOf('rolling', 'RUNNING')).map(({ startedBy }) => startedBy)).toEqual([after.id, after.id]);
    expect(await (await fetch(url)).text()).not.toBe(oldVolume);
  });

  test('a task definition that cannot start trips the circuit breaker and is rolled back', async () => {
    const good = await register('breaker', ANSWER);
    const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };
    const url = await create('breaker', good, 1, breaker);
    await steady('breaker');
    const bad = await register('breaker', 'process.exit(3)');
    await client.send(new UpdateServiceCommand({ cluster: CLUSTER, service: 'breaker', taskDefinition: bad }));

    await until(async () => {
      const { deployments } = await describeService('breaker');
      return deployments?.[0]?.rolloutStateReason?.includes('rolling back') === true ? true : undefined;
    }, 'rollback');
    expect((await steady('breaker')).taskDefinition).toBe(good);
    expect((await fetch(url)).status).toBe(200);
    const names = events
      .filter(({ detailType }) => detailType === 'ECS Deployment State Change')
      .map(({ detail }) => detail['eventName']);
    expect(names).toContain('SERVICE_DEPLOYMENT_FAILED');
  });

  test('the history tells what succeeded, what was rolled back and what was replaced before it was done', async () => {
    const good = await register('history', ANSWER);
    const bad = await register('history', 'process.exit(3)');
    const slow = await register('history', ANSWER, { healthCheck: { command: ['CMD-SHELL', 'exit 1'] } });
    const update = (taskDefinition: string) =>
      client.send(new UpdateServiceCommand({ cluster: CLUSTER, service: 'history', taskDefinition }));
    const deployments = async (...status: ServiceDeploymentStatus[]) =>
      (await client.send(new ListServiceDeploymentsCommand({ cluster: CLUSTER, service: 'history', status })))
        .serviceDeployments ?? [];
    const breaker = { deploymentCircuitBreaker: { enable: true, rollback: true } };
    await create('history', good, 1, breaker);
    expect(await deployments('SUCCESSFUL')).toEqual([]);
    await steady('history');
    await update(bad);
    await until(async () => (await deployments('ROLLBACK_SUCCESSFUL'))[0], 'rolled back');
    await update(slow);
    await update(good);
    await until(async () => ((await deployments('SUCCESSFUL')).length === 2 ? true : undefined), 'good again');

    const all = await deployments();
    expect(all.map(({ status }) => status)).toEqual(['SUCCESSFUL', 'STOPPED', 'ROLLBACK_SUCCESSFUL', 'SUCCESSFUL']);
    const serviceRevisionArns = all.map(({ targetServiceRevisionArn }) => String(targetServiceRevisionArn));
    const unknown = 'arn:aws:ecs:eu-central-1:000000000000:service-revision/test/history/unknown';
    const described = await client.send(
      new DescribeServiceRevisionsCommand({ serviceRevisionArns: [...serviceRevisionArns, unknown] }),
    );
    expect(described.serviceRevisions?.map(({ taskDefinition }) => taskDefinition)).toEqual([good, slow, bad, good]);
    expect(described.failures).toEqual([{ arn: unknown, reason: 'MISSING' }]);
    expect(all.every(({ createdAt, finishedAt }) => Number(createdAt) <= Number(finishedAt))).toBe(true);
  });

  test('only the desired count changes when only that is asked for', async () => {
    await create('scaled', await register('scaled', ANSWER), 1);
    const before = await steady('scaled');
    await client.send(new UpdateServiceCommand({ cluster: CLUSTER, service: 'scaled', desiredCount: 3 }));
    await until(async () => ((await describeService('scaled')).runningCount === 3 ? true : undefined), 'three tasks');
    expect((await describeService('scaled')).deployments?.map(({ id }) => id)).toEqual([before.id]);
    await client.send(new UpdateServiceCommand({ cluster: CLUSTER, service: 'scaled', desiredCount: 0 }));
    await until(async () => ((await describeService('scaled')).runningCount === 0 ? true : undefined), 'no task');
  });
});

test('a service is deleted by force only while it has tasks, drains, and its name is free again', async () => {
  const definition = await register('deleted', ANSWER);
  await create('deleted', definition, 1);
  await steady('deleted');
  const remove = (force: boolean) =>
    client.send(new DeleteServiceCommand({ cluster: CLUSTER, service: 'deleted', force }));
  await expect(remove(false)).rejects.toMatchObject({ name: 'InvalidParameterException' });
  expect((await remove(true)).service?.status).toBe('DRAINING');
  await until(async () => ((await describeService('deleted')).status === 'INACTIVE' ? true : undefined), 'inactive');
  await create('deleted', definition, 0);
  expect((await describeService('deleted')).status).toBe('ACTIVE');
});

describe('tasks', () => {
  test('a task that is stopped says who did it, and is replaced', async () => {
    await create('stopped', await register('stopped', ANSWER), 1);
    await steady('stopped');
    const [task] = await tasksOf('stopped', 'RUNNING');
    await client.send(new StopTaskCommand({ cluster: CLUSTER, task: task?.taskArn, reason: 'because' }));
    expect(await firstStopped('stopped')).toMatchObject({
      stopCode: 'UserInitiated',
      stoppedReason: 'because',
      desiredStatus: 'STOPPED',
    });
    await until(
      async () => ((await tasksOf('stopped', 'RUNNING'))[0]?.lastStatus === 'RUNNING' ? true : undefined),
      'replacement',
    );
  });

  test('a task that ignores SIGTERM is killed after its stop timeout', async () => {
    await create('stubborn', await register('stubborn', `${ANSWER};process.on('SIGTERM',()=>{})`), 1);
    await steady('stubborn');
    const [task] = await tasksOf('stubborn', 'RUNNING');
    await client.send(new StopTaskCommand({ cluster: CLUSTER, task: task?.taskArn }));
    expect((await firstStopped('stubborn')).containers?.[0]?.exitCode).toBe(137);
  });

  test('a task that exits is replaced later and later', async () => {
    await create('exits', await register('exits', `${ANSWER};setTimeout(()=>process.exit(7),300)`), 1);
    const task = await firstStopped('exits');
    expect(task).toMatchObject({
      stopCode: 'EssentialContainerExited',
      stoppedReason: 'Essential container in task exited',
    });
    expect(task.containers?.[0]?.exitCode).toBe(7);
    await until(
      () =>
        events.find(
          ({ detail, resources }) =>
            detail['eventName'] === 'SERVICE_TASK_START_IMPAIRED' && resources[0]?.endsWith('/exits'),
        ),
      'service action event',
    );
    const starts = (await tasksOf('exits', 'STOPPED')).map(({ createdAt }) => Number(createdAt)).sort((a, b) => a - b);
    const pauses = starts.slice(1).map((at, index) => at - Number(starts[index]));
    expect(pauses.at(-1)).toBeGreaterThan(1000);
  });

  test('a task above its memory limit is killed as out of memory', async () => {
    const grow = `${ANSWER};global.h=[];setInterval(()=>h.push(Buffer.alloc(16e6,1)),50)`;
    await create('greedy', await register('greedy', grow, {}, '128'), 1);
    const task = await firstStopped('greedy');
    expect(task.stoppedReason).toBe('OutOfMemoryError: Container killed due to memory usage');
    expect(task.containers?.[0]).toMatchObject({ exitCode: 137, reason: task.stoppedReason });
  });

  test('a task cannot use more CPU than its quota', async () => {
    const burn = `${ANSWER};setInterval(()=>{const e=Date.now()+15;while(Date.now()<e);},1)`;
    await create('busy', await register('busy', burn), 1);
    const cpu = await until(() => {
      const [measured] = ecs.measure('busy');
      const [task] = ecs.runningTasks('busy');
      // Past its start-up, which the quota does not hinder.
      return task !== undefined && Date.now() - task.startedAt > 5000 ? (measured?.cpuPercent ?? undefined) : undefined;
    }, 'CPU measurement');
    expect(cpu).toBeGreaterThan(80);
    expect(cpu).toBeLessThan(125);
  });

  test('an unhealthy task is replaced when its definition says how to tell', async () => {
    const script = `let n=0;require('http').createServer((q,r)=>{r.statusCode=n++<1?200:500;r.end()}).listen(process.env.PORT,'127.0.0.1')`;
    const healthCheck = {
      command: ['CMD-SHELL', 'curl -f http://localhost/health'],
      interval: 1,
      retries: 2,
      timeout: 1,
    };
    await create('sick', await register('sick', script, { healthCheck }), 1);
    expect(await firstStopped('sick')).toMatchObject({
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Task failed container health checks',
    });
  });

  test('every change of a task is an event with the shape of AWS', async () => {
    const stopped = events.filter(
      ({ detail }) => detail['lastStatus'] === 'STOPPED' && detail['group'] === 'service:exits',
    );
    expect(stopped[0]).toMatchObject({
      source: 'aws.ecs',
      detailType: 'ECS Task State Change',
      detail: {
        clusterArn: `arn:aws:ecs:${ecs.region}:000000000000:cluster/${CLUSTER}`,
        desiredStatus: 'STOPPED',
        stopCode: 'EssentialContainerExited',
        startedBy: expect.stringMatching(/^ecs-svc\/\d{19}$/) as string,
        containers: [{ exitCode: 7, lastStatus: 'STOPPED' }],
      },
    });
  });
});

test('a caller that has waited and gives up has failed; of one that died at once nobody measured anything', async () => {
  const silent = `require('http').createServer(() => undefined).listen(process.env.PORT,'127.0.0.1')`;
  const url = await create('silent', await register('silent', silent), 1);
  await steady('silent');
  const leaveAfter = (ms: number) => fetch(url, { signal: AbortSignal.timeout(ms) }).catch(() => undefined);
  await leaveAfter(50);
  await leaveAfter(400);
  const waited = await until(() => ecs.router.records('silent', 0)[0], 'the record');
  expect(waited).toMatchObject({ failed: true });
  expect(waited.latencyMs).toBeGreaterThanOrEqual(250);
  expect(ecs.router.records('silent', 0)).toHaveLength(1);
});

test('tasks end with their supervisor, even when it is killed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'local-ecs-test-'));
  const program = `
    import { startLocalEcs } from './local/ecs/server.ts';
    const ecs = await startLocalEcs({ cluster: 'c' });
    const call = (op, body) => fetch(ecs.endpoint, { method: 'POST', headers: { 'x-amz-target': 'AmazonEC2ContainerServiceV20141113.' + op }, body: JSON.stringify(body) });
    await call('CreateCluster', { clusterName: 'c' });
    await call('RegisterTaskDefinition', { family: 'f', containerDefinitions: [{ name: 'a', image: 'a', command: ['node', '-e', ${JSON.stringify(ANSWER)}] }] });
    await call('CreateService', { cluster: 'c', serviceName: 's', taskDefinition: 'f', desiredCount: 1 });
    setInterval(() => { const [task] = ecs.runningTasks('s'); if (task) console.log(task.pid); }, 50);`;
  const flags = ['--disable-warning=ExperimentalWarning', '--input-type=module'];
  const env = { ...process.env, TMPDIR: folder };
  const supervisor = spawn(process.execPath, [...flags, '-e', program], { env });
  const pid = await new Promise<number>((resolve) =>
    supervisor.stdout.once('data', (chunk: Buffer) => resolve(Number.parseInt(chunk.toString(), 10))),
  );
  expect(isAlive(pid)).toBe(true);
  supervisor.kill('SIGKILL');
  await until(() => (isAlive(pid) ? undefined : true), 'task gone');
  rmSync(folder, { recursive: true });
});
