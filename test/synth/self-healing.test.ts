import { RemovalPolicy, Stack, Token, Validations } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as ec2 from 'aws-cdk-lib/aws-ec2';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { StoreStack } from '../../examples/online-store/store-stack.ts';
import { ActionIdSchema } from '../../core/contracts/action.ts';
import { WorkloadSchema, type EcsServiceWorkload, type Workload } from '../../core/contracts/workload.ts';
import { ACTION_PERMISSIONS } from '../../lib/constructs/action-permissions.ts';
import { SelfHealing } from '../../lib/constructs/self-healing.ts';
import type { WatchServiceOptions } from '../../lib/constructs/watch-options.ts';
import {
  listed,
  permissionsOf,
  readable,
  resourcesOf,
  statementsOf,
  templatesOf,
  testApp,
  type StackTemplate,
} from '../support/synth.ts';

const templateOf = (build: (stack: Stack, healing: SelfHealing) => void): StackTemplate => {
  const app = testApp();
  const stack = new Stack(app, 'App');
  Validations.of(stack).acknowledge({ id: 'kintsugi:users-not-measured', reason: 'Seen in its own tests.' });
  build(stack, SelfHealing.attach(stack, 'Healing', { environment: 'stage', owner: 'team-app' }));
  return templatesOf(app.synth()).get('App') as StackTemplate;
};
const CLUSTER = 'arn:aws:ecs:eu-central-1:123456789012:cluster/main';
const service = (stack: Stack, serviceName = 'orders'): ecs.IBaseService =>
  ecs.FargateService.fromFargateServiceAttributes(stack, serviceName, {
    cluster: ecs.Cluster.fromClusterArn(stack, `${serviceName}Cluster`, CLUSTER),
    serviceName,
  });
const fargateService = (stack: Stack, props: { readonly desiredCount?: number } = {}): ecs.FargateService => {
  const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-1',
    availabilityZones: ['eu-central-1a'],
    privateSubnetIds: ['subnet-1'],
    privateSubnetRouteTableIds: ['rtb-1'],
  });
  const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Task');
  taskDefinition.addContainer('web', { image: ecs.ContainerImage.fromRegistry('nginx') });
  return new ecs.FargateService(stack, 'Orders', {
    cluster: ecs.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'main', vpc }),
    taskDefinition,
    minHealthyPercent: 100,
    circuitBreaker: { rollback: false },
    ...props,
  });
};
const watching = (options: WatchServiceOptions): StackTemplate =>
  templateOf((stack, healing) => healing.watch(service(stack), { taskRoles: [], ...options }));

const policy = (template: StackTemplate, role: 'Act' | 'Sense' | 'Observe') =>
  resourcesOf(template, 'AWS::IAM::Policy')
    .filter(([id]) => id.startsWith(`Healing${role}Policy`))
    .flatMap(([, found]) => statementsOf(found));
const workloads = (template: StackTemplate): readonly Workload[] =>
  resourcesOf(template, 'Custom::KintsugiWorkload').map(([, { Properties }]) =>
    WorkloadSchema.parse(JSON.parse(readable(Properties.Workload))),
  );
const ecsArn = (resource: string) => `arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:${resource}`;

describe("the example, a user's app", () => {
  const app = testApp();
  new StoreStack(app, 'Store', { environment: 'prod' });
  const template = templatesOf(app.synth()).get('Store') as StackTemplate;

  test('registers a service, a function and a queue that the registry understands', () => {
    expect(
      workloads(template)
        .map(({ workloadId, kind, owner }) => [workloadId, kind, owner])
        .sort(),
    ).toEqual([
      ['fulfilment', 'lambda-function', 'team-store'],
      ['orders', 'sqs-queue', 'team-store'],
      ['storefront', 'ecs-service', 'team-store'],
    ]);
  });

  test('creates the alarms of each kind, and lists them where it registers', () => {
    const created = resourcesOf(template, 'AWS::CloudWatch::Alarm').map(([, alarm]) => alarm.Properties.AlarmName);
    expect([...created].sort()).toEqual([
      'kintsugi-prod-fulfilment-errorRate',
      'kintsugi-prod-fulfilment-latencyP95',
      'kintsugi-prod-orders-deadLetters',
      'kintsugi-prod-orders-queueAge',
      'kintsugi-prod-storefront-cpuUtilization',
      'kintsugi-prod-storefront-errorRate',
      'kintsugi-prod-storefront-latencyP95',
      'kintsugi-prod-storefront-memoryUtilization',
      'kintsugi-prod-storefront-runningTaskCount',
    ]);
    expect(
      workloads(template)
        .flatMap(({ alarms }) => alarms.map(({ alarmName }) => alarmName))
        .sort(),
    ).toEqual([...created].sort());
  });

  test('lets Act do exactly what the allowed actions need, on exactly these resources', () => {
    expect(permissionsOf(policy(template, 'Act'))).toEqual({
      '*': ['ecs:ListTasks'],
      [ecsArn('service/<Cluster>/<StorefrontService>')]: [
        'ecs:DescribeServices',
        'ecs:ListServiceDeployments',
        'ecs:UpdateService',
      ],
      [ecsArn('service-revision/<Cluster>/<StorefrontService>/*')]: ['ecs:DescribeServiceRevisions'],
      [ecsArn('task/<Cluster>/*')]: ['ecs:DescribeTasks', 'ecs:StopTask'],
      '<StorefrontTaskDefTaskRole>': ['iam:PassRole'],
      '<StorefrontTaskDefExecutionRole>': ['iam:PassRole'],
      '<Fulfilment>': ['lambda:GetAlias', 'lambda:ListVersionsByFunction', 'lambda:UpdateAlias'],
      '<Orders>': ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
      '<FailedOrders>': ['sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ReceiveMessage'],
    });
  });

  test.each(['Sense', 'Observe'] as const)('lets %s only look', (role) => {
    const actions = Object.values(permissionsOf(policy(template, role))).flat();
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter((action) => !/:(Get|List|Describe)/.test(action))).toEqual([]);
  });

  const alarmOf = (name: string) =>
    resourcesOf(template, 'AWS::CloudWatch::Alarm').find(
      ([, { Properties }]) => Properties.AlarmName === `kintsugi-prod-${name}`,
    )?.[1].Properties;
  const metricsOf = (id: string) => workloads(template).find(({ workloadId }) => workloadId === id)?.metrics;

  test('the errors of a function alarm as the share that Lambda counts, and are registered as percent', () => {
    expect(alarmOf('fulfilment-errorRate')).toMatchObject({
      MetricName: 'Errors',
      Statistic: 'Average',
      Threshold: 0.01,
    });
    expect(metricsOf('fulfilment')?.errorRate).toMatchObject({ metricName: 'Errors', stat: 'Average', scale: 100 });
  });

  test('the seconds of a load balancer are not taken for milliseconds, neither by the alarm nor by who reads', () => {
    expect(alarmOf('storefront-latencyP95')).toMatchObject({
      MetricName: 'TargetResponseTime',
      ExtendedStatistic: 'p95',
      Threshold: 0.4,
    });
    expect(metricsOf('storefront')?.latencyP95).toMatchObject({ metricName: 'TargetResponseTime', scale: 1_000 });
    expect(metricsOf('storefront')?.requestCount).toMatchObject({ metricName: 'RequestCount', stat: 'Sum' });
  });

  test('failed requests alarm by an expression, which cannot be registered', () => {
    const alarm = alarmOf('storefront-errorRate') as { readonly Metrics: readonly Readonly<Record<string, unknown>>[] };
    expect(alarm).toMatchObject({ Threshold: 5, DatapointsToAlarm: 2, TreatMissingData: 'notBreaching' });
    expect(alarm.Metrics.find(({ ReturnData }) => ReturnData !== false)?.Expression).toContain('100 * (FILL(failed');
    expect(
      alarm.Metrics.flatMap(({ MetricStat }) => MetricStat ?? []).map((stat) => (stat as { Period: number }).Period),
    ).toEqual([60, 60, 60]);
    expect(metricsOf('storefront')?.errorRate).toBeUndefined();
  });

  test('keeps what a rollback needs, and counts its tasks', () => {
    expect(resourcesOf(template, 'AWS::Lambda::Version').map(([, version]) => version.DeletionPolicy)).toEqual([
      'Retain',
    ]);
    expect(resourcesOf(template, 'AWS::ECS::Cluster')[0]?.[1].Properties.ClusterSettings).toEqual([
      { Name: 'containerInsights', Value: 'enabled' },
    ]);
    expect(workloads(template).find(({ workloadId }) => workloadId === 'storefront')).toMatchObject({ minTasks: 2 });
  });
});

describe('permissions', () => {
  const mutating = (options: WatchServiceOptions) =>
    Object.values(permissionsOf(policy(watching(options), 'Act')))
      .flat()
      .filter((action) => !/:(Get|List|Describe)/.test(action));

  test.each([
    [['restart'], ['ecs:StopTask']],
    [['redeploy'], ['ecs:UpdateService']],
    [['scaleOut'], ['ecs:UpdateService']],
    [['scaleIn'], ['ecs:UpdateService']],
    [['rollback'], ['ecs:UpdateService']],
    [
      ['restart', 'rollback', 'redeploy'],
      ['ecs:StopTask', 'ecs:UpdateService'],
    ],
  ] as const)('%j allows %j and nothing more', (allowedActions, expected) => {
    expect(mutating({ allowedActions: [...allowedActions] }).sort()).toEqual([...expected]);
  });

  test.each([[[]], [['wait']], [['wait', 'escalate']]] as const)('with %j Act cannot even look', (allowedActions) => {
    const template = watching({ allowedActions: [...allowedActions] });
    expect(policy(template, 'Act')).toEqual([]);
    expect(policy(template, 'Sense')).not.toEqual([]);
  });

  describe('the roles of the tasks', () => {
    const ROLE = 'arn:aws:iam::123456789012:role/orders-task';
    const taskRoles = [{ roleArn: ROLE }];
    const passed = (template: StackTemplate) =>
      policy(template, 'Act').filter(({ Action }) => listed(Action).includes('iam:PassRole'));

    test('may be passed to ECS, for a rollback', () => {
      const Condition = { StringEquals: { 'iam:PassedToService': 'ecs-tasks.amazonaws.com' } };
      expect(passed(watching({ taskRoles }))).toEqual([
        { Action: 'iam:PassRole', Effect: 'Allow', Resource: ROLE, Condition },
      ]);
      expect(mutating({ taskRoles, allowedActions: ['rollback'] }).sort()).toEqual([
        'ecs:UpdateService',
        'iam:PassRole',
      ]);
    });

    test.each(['restart', 'redeploy', 'scaleOut', 'scaleIn'] as const)('are not passed for %s', (action) => {
      expect(passed(watching({ taskRoles, allowedActions: [action] }))).toEqual([]);
    });

    test('are those of the task definition, with the execution role that a later container brings', () => {
      const rolesWith = (logging: ecs.LogDriver | undefined) => {
        const template = templateOf((stack, healing) => {
          const taskDefinition = new ecs.FargateTaskDefinition(stack, 'Tasks');
          const cluster = new ecs.Cluster(stack, 'Cluster') as ecs.ICluster;
          const settings = { circuitBreaker: { rollback: false }, minHealthyPercent: 100 };
          healing.watch(new ecs.FargateService(stack, 'Service', { cluster, taskDefinition, ...settings }));
          const image = ecs.ContainerImage.fromRegistry('nginx');
          taskDefinition.addContainer('main', { image, ...(logging === undefined ? {} : { logging }) });
        });
        return passed(template)
          .flatMap(({ Resource }) => listed(Resource).map(readable))
          .sort();
      };
      expect(rolesWith(ecs.LogDrivers.awsLogs({ streamPrefix: 'a' }))).toEqual([
        '<TasksExecutionRole>',
        '<TasksTaskRole>',
      ]);
      expect(rolesWith(undefined)).toEqual(['<TasksTaskRole>']);
    });

    test('must be told of an imported service, if it may be rolled back', () => {
      const imported = (options: WatchServiceOptions) => () =>
        templateOf((stack, healing) => healing.watch(service(stack), options));
      expect(imported({})).toThrow(/taskRoles: .* App\/orders are not known here; pass the option taskRoles/);
      expect(imported({ allowedActions: ['restart', 'rollback'] })).toThrow(/taskRoles: /);
      expect(imported({ allowedActions: ['restart'] })).not.toThrow();
    });
  });

  test('tasks can be reached in the one cluster only', () => {
    const ofTasks = policy(watching({}), 'Act').filter(({ Action }) => /Task/.test(JSON.stringify(Action)));
    expect(ofTasks.length).toBeGreaterThan(0);
    for (const { Condition } of ofTasks) {
      expect(Condition).toEqual({ ArnEquals: { 'ecs:cluster': CLUSTER } });
    }
  });

  test('an encrypted queue brings the permission to use its key, if messages may be moved', () => {
    const keyed = (allowedActions: readonly ('redrive' | 'wait')[]) =>
      templateOf((stack, healing) => {
        const encryptionMasterKey = kms.Key.fromKeyArn(stack, 'Key', 'arn:aws:kms:eu-central-1:123456789012:key/abc');
        const queue = new sqs.Queue(stack, 'Dead');
        healing.watch(
          new sqs.Queue(stack, 'Queue', { encryptionMasterKey, deadLetterQueue: { queue, maxReceiveCount: 3 } }),
          { allowedActions },
        );
      });
    const keyOf = (template: StackTemplate) =>
      permissionsOf(policy(template, 'Act'))['arn:aws:kms:eu-central-1:123456789012:key/abc'];
    expect(keyOf(keyed(['redrive']))).toEqual(['kms:Decrypt', 'kms:GenerateDataKey']);
    expect(keyOf(keyed(['wait']))).toBeUndefined();
  });

  test('two stacks have policies of their own in the same roles, even with the same construct ids', () => {
    const app = testApp();
    for (const id of ['App', 'a'.repeat(120), 'Other']) {
      const stack = new Stack(app, id);
      const healing = SelfHealing.attach(stack, 'Healing', { environment: 'stage', owner: 'team-app' });
      healing.watch(service(stack), {
        workloadId: id.toLowerCase().slice(0, 63),
        anomalyDetection: true,
        taskRoles: [],
      });
    }
    const names = [...templatesOf(app.synth()).values()].flatMap((template) =>
      resourcesOf(template, 'AWS::IAM::Policy').map(([, { Properties }]) => String(Properties.PolicyName)),
    );
    expect(names.filter((name) => name.startsWith('App-Healing')).map((name) => name.split('-').at(-1))).toEqual(
      expect.arrayContaining(['Act', 'Detector', 'Observe', 'Sense']),
    );
    expect(new Set(names).size).toBe(names.length);
    for (const name of names) expect(name).toMatch(/^[\w+=,.@-]{1,128}$/);
  });

  test('the table speaks of every action of the catalogue, for every kind', () => {
    for (const table of Object.values(ACTION_PERMISSIONS))
      expect(Object.keys(table).sort()).toEqual([...ActionIdSchema.options].sort());
  });
});

describe('warnings', () => {
  /** Ids of Kintsugi's own, as the app's synthesis would print them. */
  const warningsOf = (build: (stack: Stack, healing: SelfHealing) => void): readonly string[] => {
    const stack = new Stack(testApp(), 'App');
    build(stack, SelfHealing.attach(stack, 'Healing', { environment: 'stage', owner: 'team-app' }));
    return stack.node
      .findAll()
      .flatMap(({ node }) => node.metadata)
      .filter(({ type }) => type === 'aws:cdk:warning')
      .flatMap(({ data }): readonly string[] => /kintsugi:[\w-]+/.exec(String(data)) ?? []);
  };

  describe('of a service whose users nobody hears', () => {
    const dimensions = { Service: 'orders' };
    const metric = { namespace: 'Own', metricName: 'Of users', dimensions };

    test.each([
      ['without any metric', undefined, ['kintsugi:users-not-measured']],
      ['without errors and latency', { requestCount: metric }, ['kintsugi:users-not-measured']],
      ['with errors', { errorRate: metric }, []],
      ['with latency', { latencyP95: metric }, []],
    ])('%s', (_, metrics, expected) => {
      const options = { taskRoles: [], ...(metrics === undefined ? {} : { metrics }) };
      expect(warningsOf((stack, healing) => healing.watch(service(stack), options))).toEqual(expected);
    });
  });

  describe('of an alias whose version goes with the next deployment', () => {
    const alias = (stack: Stack, removalPolicy?: RemovalPolicy): lambda.Alias =>
      new lambda.Function(stack, 'Function', {
        runtime: lambda.Runtime.NODEJS_22_X,
        handler: 'index.handler',
        code: lambda.Code.fromInline('exports.handler = async () => {};'),
        ...(removalPolicy === undefined ? {} : { currentVersionOptions: { removalPolicy } }),
      }).addAlias('live');
    const notKept = ['kintsugi:version-not-retained'];

    test.each([
      ['nothing is said', undefined, notKept],
      ['it is to be destroyed', RemovalPolicy.DESTROY, notKept],
      ['it is to be kept', RemovalPolicy.RETAIN, []],
      ['it is to be kept once it was made', RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE, []],
    ])('%s', (_, removalPolicy, expected) => {
      expect(warningsOf((stack, healing) => healing.watch(alias(stack, removalPolicy)))).toEqual(expected);
    });

    test('where nothing is rolled back, or the version is not made here, there is none', () => {
      const watchOnly = { allowedActions: ['wait'] } as const;
      expect(warningsOf((stack, healing) => healing.watch(alias(stack), watchOnly))).toEqual([]);
      const imported = (stack: Stack): lambda.IAlias =>
        lambda.Alias.fromAliasAttributes(stack, 'Alias', {
          aliasName: 'live',
          aliasVersion: lambda.Version.fromVersionArn(
            stack,
            'Version',
            'arn:aws:lambda:eu-central-1:123456789012:function:elsewhere:7',
          ),
        });
      expect(warningsOf((stack, healing) => healing.watch(imported(stack)))).toEqual([]);
    });

    test('an acknowledged one is not printed', () => {
      const acknowledged = warningsOf((stack, healing) => {
        const watched = healing.watch(alias(stack));
        Validations.of(watched).acknowledge({ id: 'kintsugi:version-not-retained', reason: 'no way back here' });
      });
      expect(acknowledged).toEqual([]);
    });
  });
});

describe('options', () => {
  test('defaults are those of the documentation', () => {
    expect(workloads(watching({}))[0]).toMatchObject({
      workloadId: 'orders',
      owner: 'team-app',
      criticality: 2,
      tier: 'ecs-service',
      minTasks: 1,
      maxTasks: 6,
      slo: { errorRatePercent: 5, latencyP95Ms: 400 },
      taskMetricsNamespace: null,
    });
  });

  describe('how few tasks are enough', () => {
    const registered = (
      watch: WatchServiceOptions,
      created?: { readonly desiredCount?: number; readonly leastScaled?: number },
    ): EcsServiceWorkload => {
      const template = templateOf((stack, healing) => {
        if (created === undefined) return healing.watch(service(stack), { taskRoles: [], ...watch });
        const { leastScaled, ...props } = created;
        const one = fargateService(stack, props);
        if (leastScaled !== undefined) one.autoScaleTaskCount({ minCapacity: leastScaled, maxCapacity: 9 });
        return healing.watch(one, watch);
      });
      return workloads(template)[0] as EcsServiceWorkload;
    };

    test.each([
      ['is meant to run one', { desiredCount: 1 }, 1],
      ['is started by ECS with one, since nothing is said', {}, 1],
      ['is meant to run two', { desiredCount: 2 }, 2],
      ['is meant to run ten', { desiredCount: 10 }, 2],
      ['may be scaled down to one', { desiredCount: 2, leastScaled: 1 }, 1],
      [
        'is meant to run a number that only the deployment knows',
        { desiredCount: Token.asNumber({ Ref: 'AWS::NoValue' }) },
        1,
      ],
    ])('of a service that %s', (_, created, expected) => {
      expect(registered({}, created).minTasks).toBe(expected);
      expect(registered({ minTasks: 4 }, created).minTasks).toBe(4);
    });

    test('where nobody says it, no task is taken away', () => {
      expect(registered({}).allowedActions).not.toContain('scaleIn');
      expect(registered({}, { desiredCount: Token.asNumber({ Ref: 'AWS::NoValue' }) }).allowedActions).not.toContain(
        'scaleIn',
      );
      expect(registered({ minTasks: 1 }).allowedActions).toContain('scaleIn');
      expect(registered({ allowedActions: ['scaleIn'] }).allowedActions).toEqual(['scaleIn']);
      expect(registered({}, { desiredCount: 1 }).allowedActions).toContain('scaleIn');
    });
  });

  test('a metric given by name replaces the default, alarms, and is registered', () => {
    const metric = { namespace: 'Own', metricName: 'Failures', dimensions: { Service: 'orders' }, stat: 'Maximum' };
    const template = watching({
      metrics: { errorRate: metric },
      slo: { errorRatePercent: 2, latencyP95Ms: 100 },
      evaluation: { periodSeconds: 10, evaluationPeriods: 1, datapointsToAlarm: 1 },
    });
    const alarm = resourcesOf(template, 'AWS::CloudWatch::Alarm').find(([id]) => id.includes('errorRate'))?.[1];
    expect(alarm?.Properties).toMatchObject({
      Namespace: 'Own',
      Threshold: 2,
      Period: 10,
      EvaluationPeriods: 1,
      TreatMissingData: 'notBreaching',
    });
    expect(workloads(template)[0]?.metrics.errorRate).toEqual(metric);
  });

  describe('the unit of a latency', () => {
    const latency = (unit?: cloudwatch.Unit): WatchServiceOptions => ({
      metrics: {
        latencyP95: { namespace: 'Own', metricName: 'Time', dimensions: {}, ...(unit === undefined ? {} : { unit }) },
      },
    });
    const alarmAt = (template: StackTemplate) =>
      resourcesOf(template, 'AWS::CloudWatch::Alarm').find(([id]) => id.includes('latencyP95'))?.[1].Properties
        .Threshold;

    test.each([
      [undefined, 400, undefined],
      [cloudwatch.Unit.MILLISECONDS, 400, undefined],
      [cloudwatch.Unit.SECONDS, 0.4, 1_000],
      [cloudwatch.Unit.MICROSECONDS, 400_000, 0.001],
    ])('%s', (unit, threshold, scale) => {
      const template = watching(latency(unit));
      expect(alarmAt(template)).toBe(threshold);
      expect(workloads(template)[0]?.metrics.latencyP95?.scale).toBe(scale);
    });

    test("a metric of CDK's says it by its unit", () => {
      const metric = new cloudwatch.Metric({ namespace: 'Own', metricName: 'Time', unit: cloudwatch.Unit.SECONDS });
      expect(alarmAt(watching({ metrics: { latencyP95: metric } }))).toBe(0.4);
    });

    test('that is none of time is refused', () => {
      expect(() => watching(latency(cloudwatch.Unit.PERCENT))).toThrow(
        /latencyP95: unit = "Percent" is not allowed; allowed: Microseconds, Milliseconds, Seconds/,
      );
    });
  });

  test('what is context only raises no alarm', () => {
    const dimensions = { Service: 'orders' };
    const template = watching({
      metrics: { dependencyErrorRate: { namespace: 'Own', metricName: 'Downstream', dimensions } },
    });
    expect(workloads(template)[0]?.metrics.dependencyErrorRate).toBeDefined();
    expect(JSON.stringify(resourcesOf(template, 'AWS::CloudWatch::Alarm'))).not.toContain('Downstream');
  });

  test.each([
    ['an id', { workloadId: 'Orders!' }, /workloadId = "Orders!" is not allowed: must be 1-63 lower-case/],
    ['tasks', { minTasks: 0 }, /minTasks = 0 is not allowed/],
    ['an action', { allowedActions: ['redrive'] }, /redrive cannot be applied to ecs-service; allowed: wait, restart/],
  ] as const)('refuses %s that cannot be, and says what is allowed', (_case, options, message) => {
    expect(() => watching(options as WatchServiceOptions)).toThrow(message);
  });

  test('refuses to watch two things under one name', () => {
    const twice = () =>
      templateOf((stack, healing) => {
        healing.watch(service(stack, 'one'), { workloadId: 'same', taskRoles: [] });
        healing.watch(service(stack, 'two'), { workloadId: 'same', taskRoles: [] });
      });
    expect(twice).toThrow(/"same" is watched twice/);
  });

  test('refuses a queue without a dead-letter queue', () => {
    expect(() => templateOf((stack, healing) => healing.watch(new sqs.Queue(stack, 'Lonely')))).toThrow(
      /deadLetterQueue: .* has none/,
    );
  });
});
