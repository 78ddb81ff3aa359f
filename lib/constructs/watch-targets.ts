import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import type { MetricRef, MetricRole, WorkloadKind } from '../../core/contracts/workload.ts';
import type { ResourceName } from './action-permissions.ts';
import type { WatchQueueOptions, WatchServiceOptions } from './watch-options.ts';
import type { RoleMetric } from './workload-alarms.ts';

/** What is needed of an ECS service: every `ecs.IBaseService`, created or imported, has it. */
export interface WatchableService extends IConstruct {
  readonly serviceName: string;
  readonly cluster: { readonly clusterName: string; readonly clusterArn: string };
}

/** What is needed of a function's alias: every `lambda.IAlias` has it. */
export interface WatchableAlias extends IConstruct {
  readonly aliasName: string;
  readonly version: { readonly lambda: { readonly functionName: string; readonly functionArn: string } };
}

/** What is needed of a queue: every `sqs.IQueue` has it, and `sqs.Queue` knows its dead-letter queue. */
export interface WatchableQueue extends IConstruct {
  readonly queueName: string;
  readonly queueUrl: string;
  readonly queueArn: string;
  readonly encryptionMasterKey?: { readonly keyArn: string } | undefined;
  readonly deadLetterQueue?: { readonly queue: WatchableQueue } | undefined;
}

/** What `watch` must know of a thing, whatever kind of thing it is. */
export interface WatchTarget {
  readonly kind: WorkloadKind;
  /** What the registry knows of this kind, beside what it knows of all. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly minTasks: number;
  readonly defaultMetrics: Readonly<Partial<Record<MetricRole, RoleMetric>>>;
  readonly arns: Readonly<Partial<Record<ResourceName, string>>>;
  /** Held to by the condition `ecs:cluster`, where tasks are concerned. */
  readonly clusterArn: string | null;
  /** ARNs of the keys without which messages cannot be moved. */
  readonly keyArns: readonly string[];
}

export const serviceTarget = (service: WatchableService, options: WatchServiceOptions): WatchTarget => {
  const stack = Stack.of(service);
  const { clusterName, clusterArn } = service.cluster;
  const minTasks = options.minTasks ?? 2;
  // Not service.serviceArn: an imported service may give the old form, without the cluster, by which IAM no longer knows it.
  const arn = (resource: string, name: string): string =>
    stack.formatArn({ service: 'ecs', resource, resourceName: name });
  const dimensions = { ClusterName: clusterName, ServiceName: service.serviceName };
  const metric = (namespace: string, metricName: string): RoleMetric =>
    inRoleUnit({ namespace, metricName, dimensions, stat: 'Average' });
  return {
    kind: 'ecs-service',
    attributes: {
      clusterArn,
      serviceName: service.serviceName,
      minTasks,
      maxTasks: options.maxTasks ?? 3 * minTasks,
      taskMetricsNamespace: options.taskMetricsNamespace ?? null,
    },
    minTasks,
    defaultMetrics: {
      cpuUtilization: metric('AWS/ECS', 'CPUUtilization'),
      memoryUtilization: metric('AWS/ECS', 'MemoryUtilization'),
      runningTaskCount: metric('ECS/ContainerInsights', 'RunningTaskCount'),
    },
    arns: {
      service: arn('service', `${clusterName}/${service.serviceName}`),
      serviceRevisions: arn('service-revision', `${clusterName}/${service.serviceName}/*`),
      tasks: arn('task', `${clusterName}/*`),
    },
    clusterArn,
    keyArns: [],
  };
};

export const aliasTarget = (alias: WatchableAlias): WatchTarget => {
  const { functionName, functionArn } = alias.version.lambda;
  const dimensions = { FunctionName: functionName, Resource: `${functionName}:${alias.aliasName}` };
  const metric = (metricName: string, stat: string): MetricRef => ({
    namespace: 'AWS/Lambda',
    metricName,
    dimensions,
    stat,
  });
  return {
    kind: 'lambda-function',
    attributes: { functionName, aliasName: alias.aliasName },
    minTasks: 0,
    defaultMetrics: {
      requestCount: inRoleUnit(metric('Invocations', 'Sum')),
      // Each invocation reports 0 or 1 error, so the average is the share of failed ones.
      errorRate: { ref: metric('Errors', 'Average'), isShare: true },
      latencyP95: inRoleUnit(metric('Duration', 'p95')),
    },
    arns: { function: functionArn },
    clusterArn: null,
    keyArns: [],
  };
};

/** @throws Error when the queue has no dead-letter queue that is known here */
export const queueTarget = (queue: WatchableQueue, options: WatchQueueOptions): WatchTarget => {
  const deadLetterQueue = options.deadLetterQueue ?? queue.deadLetterQueue?.queue;
  if (deadLetterQueue === undefined) {
    throw new Error(
      `deadLetterQueue: ${queue.node.path} has none that is known here; give the queue one, or pass the option deadLetterQueue.`,
    );
  }
  const metric = (of: WatchableQueue, metricName: string): RoleMetric =>
    inRoleUnit({ namespace: 'AWS/SQS', metricName, dimensions: { QueueName: of.queueName }, stat: 'Maximum' });
  return {
    kind: 'sqs-queue',
    attributes: { queueUrl: queue.queueUrl, deadLetterQueueUrl: deadLetterQueue.queueUrl },
    minTasks: 0,
    defaultMetrics: {
      queueAge: metric(queue, 'ApproximateAgeOfOldestMessage'),
      deadLetters: metric(deadLetterQueue, 'ApproximateNumberOfMessagesVisible'),
    },
    arns: { queue: queue.queueArn, deadLetterQueue: deadLetterQueue.queueArn },
    clusterArn: null,
    keyArns: [queue, deadLetterQueue].flatMap(({ encryptionMasterKey }) => encryptionMasterKey?.keyArn ?? []),
  };
};

/** A metric in its role's own unit. */
const inRoleUnit = (ref: MetricRef): RoleMetric => ({ ref, isShare: false });
