import { Stack } from 'aws-cdk-lib';
import * as ecs from 'aws-cdk-lib/aws-ecs';
import type { Construct } from 'constructs';
import type { EnvironmentName, MetricRole } from '../../core/contracts/workload.ts';
import type { DemoShop } from '../config/environment-config.ts';
import { SelfHealing } from '../constructs/self-healing.ts';
import type { NamedMetric, WatchServiceOptions } from '../constructs/watch-options.ts';

export interface DemoShopStackProps extends DemoShop {
  readonly environment: EnvironmentName;
}

type ShopService = 'web' | 'checkout' | 'payments' | 'ledger';

const METRICS: Readonly<Partial<Record<MetricRole, string>>> = {
  requestCount: 'RequestCount',
  errorRate: 'ErrorRate',
  latencyP95: 'LatencyP95',
  cpuUtilization: 'CPUUtilization',
  memoryUtilization: 'MemoryUtilization',
  runningTaskCount: 'RunningTaskCount',
  dependencyErrorRate: 'DependencyErrorRate',
};

/** The services, each with what is particular about it. */
const SERVICES: Readonly<
  Record<
    ShopService,
    Pick<WatchServiceOptions, 'criticality' | 'allowedActions' | 'anomalyDetection'> & {
      /** Requests a second that one task serves well. */
      readonly requestsPerTask?: number;
      readonly calls?: ShopService;
      readonly hasPool?: boolean;
    }
  >
> = {
  web: { criticality: 1, calls: 'checkout' },
  checkout: { criticality: 1, calls: 'payments', anomalyDetection: ['errorRate', 'latencyP95'], requestsPerTask: 22 },
  payments: { criticality: 0, hasPool: true, anomalyDetection: ['errorRate', 'latencyP95'] },
  // Watched and never touched: what it does cannot be repeated.
  ledger: { criticality: 0, allowedActions: [] },
};

/**
 * A demo shop in the care of the environment's healing system, written as any user would.
 *
 * Its services are not made here but by whoever runs the shop. Each has a metric namespace of its own, and its alarms look
 * at one period of ten seconds: a demonstration cannot wait for minutes.
 */
export class DemoShopStack extends Stack {
  constructor(scope: Construct, id: string, props: DemoShopStackProps) {
    const suffix = props.prefix === '' ? '' : `-${props.prefix.slice(0, -1)}`;
    super(scope, id, {
      stackName: `KintsugiDemoShop-${props.environment}${suffix}`,
      description: 'The demo shop: alarms, registrations and permissions of its services',
    });
    const healing = SelfHealing.attach(this, 'Healing', {
      environment: props.environment,
      owner: 'team-shop',
      detectionMinutes: 1,
    });
    const cluster = ecs.Cluster.fromClusterArn(
      this,
      'Cluster',
      this.formatArn({ service: 'ecs', resource: 'cluster', resourceName: props.clusterName }),
    );
    for (const [role, { calls, hasPool, requestsPerTask, anomalyDetection, ...options }] of Object.entries(SERVICES)) {
      const serviceName = `${props.prefix}${role}`;
      const service = ecs.FargateService.fromFargateServiceAttributes(this, role, { cluster, serviceName });
      healing.watch(service, {
        ...options,
        workloadId: serviceName,
        tier: 'shop-service',
        dependsOn: calls === undefined || props.declared === false ? [] : [`${props.prefix}${calls}`],
        learnDependencies: calls !== undefined && {
          traced: false,
          observed: {
            namespace: `Shop/${serviceName}/calls`,
            metricName: 'Calls',
            dimensions: { Caller: serviceName },
            calleeDimension: 'Callee',
          },
        },
        slo: { errorRatePercent: 5, latencyP95Ms: 400 },
        minTasks: 2,
        maxTasks: 6,
        taskRoles: [], // its tasks are processes, which have none
        evaluation: { periodSeconds: 10, evaluationPeriods: 1, datapointsToAlarm: 1 },
        metricPeriodSeconds: 1,
        metrics: metricsOf(serviceName, hasPool ?? false),
        taskMetricsNamespace: `Shop/${serviceName}/tasks`,
        anomalyDetection: props.detection === true && (anomalyDetection ?? false),
        // Time is compressed: what is a minute elsewhere is a second here, and a day is a minute.
        forecasts: props.detection === true &&
          options.allowedActions?.length !== 0 && {
            horizonSeconds: 60,
            seasonSeconds: 60,
            ...(requestsPerTask === undefined ? {} : { requestsPerTask }),
          },
      });
    }
  }
}

const metricsOf = (serviceName: string, hasPool: boolean): Partial<Record<MetricRole, NamedMetric>> => {
  const names = hasPool ? { ...METRICS, poolUtilization: 'PoolUtilization' } : METRICS;
  return Object.fromEntries(
    Object.entries(names).map(([role, metricName]) => [
      role,
      { namespace: `Shop/${serviceName}`, metricName, dimensions: { ServiceName: serviceName } },
    ]),
  );
};
