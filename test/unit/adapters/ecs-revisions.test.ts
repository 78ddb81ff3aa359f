import { ECSClient, type Deployment, type Task } from '@aws-sdk/client-ecs';
import type { EcsServiceWorkload } from '../../../core/contracts/workload.ts';
import { DependencyUnavailableError, PermissionDeniedError } from '../../../core/shared/errors.ts';
import { findStableRevision, revisionChanges } from '../../../lambdas/adapters/ecs-revisions.ts';
import { startAwsEndpoint, type Answer, type Call } from './aws-endpoint.ts';

const definition = (number: number, family = 'checkout'): string =>
  `arn:aws:ecs:eu-west-1:123456789012:task-definition/${family}:${number}`;
const serviceRevision = (number: number): string =>
  `arn:aws:ecs:eu-west-1:123456789012:service-revision/shop/checkout/${number}`;

const workload: EcsServiceWorkload = {
  kind: 'ecs-service',
  workloadId: 'checkout',
  owner: 'shop-team',
  criticality: 1,
  tier: 'web',
  slo: { errorRatePercent: 5, latencyP95Ms: 400 },
  dependsOn: [],
  allowedActions: ['rollback'],
  alarms: [],
  metrics: {},
  metricPeriodSeconds: 60,
  clusterArn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/shop',
  serviceName: 'checkout',
  minTasks: 1,
  maxTasks: 4,
  taskMetricsNamespace: null,
};

const deployment = (number: number, more: Partial<Deployment> = {}): Deployment => ({
  id: `ecs-svc/${number}`,
  status: 'PRIMARY',
  taskDefinition: definition(number),
  rolloutState: 'COMPLETED',
  createdAt: new Date('2026-11-21T06:00:00Z'),
  ...more,
});

/** ECS's history: one successful deployment per number, oldest first, a minute apart. */
const history =
  (numbers: readonly number[]) =>
  ({ operation }: Call): Answer => {
    const deployments = numbers.map((number, index) => ({
      serviceDeploymentArn: `arn:aws:ecs:eu-west-1:123456789012:service-deployment/shop/checkout/d${number}`,
      targetServiceRevisionArn: serviceRevision(number),
      status: 'SUCCESSFUL',
      createdAt: 1_795_240_800 + 60 * index,
    }));
    const revisions = numbers.map((number) => ({
      serviceRevisionArn: serviceRevision(number),
      taskDefinition: definition(number),
    }));
    return {
      body:
        operation === 'ListServiceDeployments' ? { serviceDeployments: deployments } : { serviceRevisions: revisions },
    };
  };
const NO_HISTORY = (): Answer => ({
  status: 400,
  body: { __type: 'UnsupportedFeatureException', message: 'not here' },
});

const withEcs = async <T>(
  answer: (call: Call) => Answer,
  use: (client: ECSClient, calls: readonly Call[]) => Promise<T>,
): Promise<T> => {
  const endpoint = await startAwsEndpoint(answer);
  const client = new ECSClient(endpoint.settings);
  try {
    return await use(client, endpoint.calls);
  } finally {
    client.destroy();
    await endpoint.close();
  }
};

const stable = (
  answer: (call: Call) => Answer,
  deployments: readonly Deployment[],
  stopped: readonly Task[] = [],
): Promise<string | null> =>
  withEcs(answer, async (client) => {
    const primary = deployments[0] ?? {};
    const live = { service: {}, primary, deployments, desired: 2 };
    return (await findStableRevision(client, workload, live, stopped))?.revision ?? null;
  });

describe('the stable revision', () => {
  test('is the newest successful one before the current, even if a failed one lies between', async () => {
    expect(await stable(history([1, 2, 4]), [deployment(4)])).toBe(definition(2));
    expect(await stable(history([1, 2]), [deployment(4, { rolloutState: 'IN_PROGRESS' })])).toBe(definition(2));
  });

  test('is never the one that a rollback left, although it is the newest successful one', async () => {
    expect(await stable(history([1, 2, 1]), [deployment(1)])).toBeNull();
    expect(await stable(history([1, 2, 3, 2]), [deployment(2)])).toBe(definition(1));
  });

  test('is never of another family', async () => {
    expect(await stable(history([1, 2]), [deployment(3, { taskDefinition: definition(3, 'other') })])).toBeNull();
  });

  test('is unknown for a first revision, without asking', async () => {
    await withEcs(history([1]), async (client, calls) => {
      const primary = deployment(1);
      expect(
        await findStableRevision(client, workload, { service: {}, primary, deployments: [primary], desired: 1 }, []),
      ).toBeNull();
      expect(calls).toEqual([]);
    });
  });

  test('is, without history, the completed deployment that is being replaced', async () => {
    const old = deployment(2, { status: 'ACTIVE' });
    const current = deployment(3, { rolloutState: 'IN_PROGRESS' });
    expect(await stable(NO_HISTORY, [current, old])).toBe(definition(2));
    expect(await stable(NO_HISTORY, [current, { ...old, rolloutState: 'FAILED' }])).toBeNull();
  });

  test('is, without history, the revision whose tasks ran until they were replaced', async () => {
    const replaced: Task = {
      taskDefinitionArn: definition(2),
      stopCode: 'ServiceSchedulerInitiated',
      stoppedReason: 'Scaling activity initiated by (deployment ecs-svc/3)',
      startedAt: new Date('2026-11-21T06:00:00Z'),
      stoppingAt: new Date('2026-11-21T06:00:10Z'),
    };
    expect(await stable(NO_HISTORY, [deployment(3)], [replaced])).toBe(definition(2));
    for (const unproven of [
      { stopCode: 'EssentialContainerExited' as const },
      { stopCode: 'UserInitiated' as const },
      { stoppedReason: 'Task failed container health checks' },
      { healthStatus: 'UNHEALTHY' as const },
      { startedAt: undefined },
      { startedAt: new Date('2026-11-21T06:00:01Z') },
    ]) {
      expect(await stable(NO_HISTORY, [deployment(3)], [{ ...replaced, ...unproven }])).toBeNull();
    }
  });

  test('is an error when the history cannot be read', async () => {
    const denied = (): Answer => ({ status: 400, body: { __type: 'AccessDeniedException', message: 'no' } });
    await expect(stable(denied, [deployment(3)])).rejects.toBeInstanceOf(PermissionDeniedError);
    const throttled = (): Answer => ({ status: 400, body: { __type: 'ThrottlingException', message: 'slow down' } });
    await expect(stable(throttled, [deployment(3)])).rejects.toBeInstanceOf(DependencyUnavailableError);
  });
});

describe('what a revision changed', () => {
  const container = {
    name: 'app',
    image: 'shop/checkout:1',
    command: ['node', 'checkout.ts'],
    environment: [] as object[],
  };
  const change = (after: object): Promise<string | null> =>
    withEcs(
      ({ body }) => ({
        body: {
          taskDefinition: { containerDefinitions: [body.includes(':2"') ? { ...container, ...after } : container] },
        },
      }),
      (client) =>
        revisionChanges(client)(
          { revision: definition(1), deploymentId: 'd', createdAt: '', stable: true },
          definition(2),
        ),
    );

  test('is code when it runs another image or command', async () => {
    expect(await change({ image: 'shop/checkout:2' })).toBe('code');
    expect(await change({ command: ['node', 'other.ts'] })).toBe('code');
  });

  test('is configuration when the program is the same', async () => {
    expect(await change({ environment: [{ name: 'PAYMENTS_URL', value: 'http://nowhere' }] })).toBe('configuration');
  });

  test('is unknown without a stable revision to compare with', async () => {
    await withEcs(NO_HISTORY, async (client) => expect(await revisionChanges(client)(null, definition(1))).toBeNull());
  });
});
