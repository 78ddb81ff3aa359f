import { Stack, Validations } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import { WorkloadSchema, type Detection } from '../../core/contracts/workload.ts';
import { SelfHealing } from '../../lib/constructs/self-healing.ts';
import type { WatchServiceOptions } from '../../lib/constructs/watch-options.ts';
import {
  permissionsOf,
  readable,
  resourcesOf,
  statementsOf,
  synthesise,
  templatesOf,
  testApp,
  type StackTemplate,
} from '../support/synth.ts';

/** One app whose services are watched with these options. */
const watching = (services: Readonly<Record<string, WatchServiceOptions>>): StackTemplate => {
  const app = testApp();
  const stack = new Stack(app, 'App');
  Validations.of(stack).acknowledge({ id: 'kintsugi:users-not-measured', reason: 'Not what is tested here.' });
  const healing = SelfHealing.attach(stack, 'Healing', { environment: 'stage', owner: 'team-app' });
  const clusterArn = 'arn:aws:ecs:eu-central-1:123456789012:cluster/main';
  const cluster = ecs.Cluster.fromClusterArn(stack, 'Cluster', clusterArn);
  for (const [serviceName, options] of Object.entries(services)) {
    const service = ecs.FargateService.fromFargateServiceAttributes(stack, serviceName, { cluster, serviceName });
    healing.watch(service, { taskRoles: [], ...options });
  }
  return templatesOf(app.synth()).get('App') as StackTemplate;
};
const detections = (template: StackTemplate): readonly (Detection | undefined)[] =>
  resourcesOf(template, 'Custom::KintsugiWorkload').map(
    ([, { Properties }]) => WorkloadSchema.parse(JSON.parse(readable(Properties.Workload))).detection,
  );
const rules = (template: StackTemplate) => resourcesOf(template, 'AWS::Events::Rule');

describe('an app that did not ask', () => {
  const template = watching({ orders: {} });

  test('has no schedule, reads nothing more, and registers nothing to look at', () => {
    expect(rules(template)).toEqual([]);
    expect(resourcesOf(template, 'AWS::IAM::Policy').filter(([id]) => id.includes('Detector'))).toEqual([]);
    expect(detections(template)).toEqual([undefined]);
    expect(JSON.stringify(template)).not.toContain('detector');
  });
});

test('the environment itself has no schedule for the detector: who asks for it brings it along', () => {
  for (const [name, template] of synthesise()) {
    if (name.includes('DemoShop')) continue;
    const calling = rules(template).filter(([, rule]) => JSON.stringify(rule.Properties).includes('Detector'));
    expect(calling).toEqual([]);
  }
});

describe('an app that asked', () => {
  const template = watching({
    orders: { anomalyDetection: true },
    stock: { anomalyDetection: ['memoryUtilization'], forecasts: { requestsPerTask: 50 } },
    mail: {},
  });

  test('has one schedule, which calls the detector for those workloads that asked', () => {
    expect(rules(template)).toHaveLength(1);
    const rule = rules(template)[0]?.[1].Properties;
    expect(rule).toMatchObject({ ScheduleExpression: 'rate(5 minutes)', State: 'ENABLED' });
    expect(rule?.Targets).toMatchObject([
      {
        InputTransformer: {
          InputPathsMap: { time: '$.time' },
          InputTemplate: '{"workloads":["orders","stock"],"time":<time>}',
        },
      },
    ]);
  });

  test('lets the detector see the deployments of exactly these services', () => {
    const policy = resourcesOf(template, 'AWS::IAM::Policy').find(([id]) => id.includes('DetectorPolicy'))?.[1];
    const arn = (name: string): string =>
      `arn:<AWS::Partition>:ecs:<AWS::Region>:<AWS::AccountId>:service/main/${name}`;
    expect(permissionsOf(policy === undefined ? [] : statementsOf(policy))).toEqual({
      [arn('orders')]: ['ecs:DescribeServices'],
      [arn('stock')]: ['ecs:DescribeServices'],
    });
  });

  test('registers what is looked at: what tells something and is measured, and a horizon of six hours', () => {
    expect(detections(template)).toEqual([
      { anomalies: ['cpuUtilization', 'memoryUtilization'], forecasts: null },
      {
        anomalies: ['memoryUtilization'],
        forecasts: { horizonSeconds: 21_600, seasonSeconds: 86_400, requestsPerTask: 50 },
      },
      undefined,
    ]);
  });

  test('is told which roles can be searched, when it names another', () => {
    expect(() => watching({ orders: { anomalyDetection: ['runningTaskCount', 'latencyP95'] } })).toThrow(
      'anomalyDetection: runningTaskCount, latencyP95 cannot be searched for anomalies here; allowed: cpuUtilization, memoryUtilization.',
    );
  });
});

test('who asks has dependencies learned from traces, and what could teach nothing is refused', () => {
  expect(detections(watching({ orders: { learnDependencies: true } }))).toMatchObject([
    { calls: { traced: true, observed: null } },
  ]);
  expect(() => watching({ orders: { learnDependencies: { traced: false } } })).toThrow(
    /learnDependencies: traced = false needs a metric in observed/,
  );
});
