import { CfnDeletionPolicy, CfnResource, Lazy, Stack, Token } from 'aws-cdk-lib';
import type { CfnScalableTarget } from 'aws-cdk-lib/aws-applicationautoscaling';
import type { CfnService } from 'aws-cdk-lib/aws-ecs';
import type { IConstruct } from 'constructs';
import type { ActionId } from '../../core/contracts/action.ts';
import type { MetricRole, WorkloadKind } from '../../core/contracts/workload.ts';
import { applicableActions, type ResourceName } from './action-permissions.ts';
import type { WatchOptions, WatchQueueOptions, WatchServiceOptions } from './watch-options.ts';
import type { RoleMetric } from './role-metric.ts';

/** What is needed of an ECS service: every `ecs.IBaseService`, created or imported, has it. */
export interface WatchableService extends IConstruct {
  readonly serviceName: string;
  readonly cluster: { readonly clusterName: string; readonly clusterArn: string };
  /** What is created here has one; what is imported does not tell. */
  readonly taskDefinition?: {
    readonly taskRole: { readonly roleArn: string };
    readonly executionRole?: { readonly roleArn: string } | undefined;
  };
}

/** What is needed of a function's alias: every `lambda.IAlias` has it. */
export interface WatchableAlias extends IConstruct {
  readonly aliasName: string;
  readonly version: IConstruct & { readonly lambda: { readonly functionName: string; readonly functionArn: string } };
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
  /** What may be done where `watch` is not told. */
  readonly defaultActions: readonly ActionId[];
  readonly defaultMetrics: Readonly<Partial<Record<MetricRole, RoleMetric>>>;
  readonly arns: Readonly<Partial<Record<ResourceName, string>>>;
  /** Held to by the condition `ecs:cluster`, where tasks are concerned. */
  readonly clusterArn: string | null;
  /** ARNs of the keys without which messages cannot be moved. */
  readonly keyArns: readonly string[];
  /** ARNs of the roles without which ECS does not take another task definition. */
  readonly roleArns: readonly string[];
  /** What whoever deploys should know. */
  readonly warnings: readonly WatchWarning[];
}

/** A warning of the synthesis; by its id it can be acknowledged. */
export interface WatchWarning {
  readonly id: string;
  readonly message: string;
}

/** Where more than one task runs, the last but one going is wrong already; more than two is for `watch` to be told. */
const MOST_ASSUMED_TASKS = 2;

/** @throws Error when it may be rolled back and the roles of its tasks are not known here */
export const serviceTarget = (service: WatchableService, options: WatchServiceOptions): WatchTarget => {
  const stack = Stack.of(service);
  const { clusterName, clusterArn } = service.cluster;
  const { metrics } = options;
  const fewest = fewestTasksOf(service);
  const minTasks = options.minTasks ?? Math.min(MOST_ASSUMED_TASKS, Math.max(1, fewest ?? 1));
  const isGuess = options.minTasks === undefined && fewest === null;
  // Not service.serviceArn: an imported service may give the old form, without the cluster, by which IAM no longer knows it.
  const arn = (resource: string, name: string): string =>
    stack.formatArn({ service: 'ecs', resource, resourceName: name });
  const dimensions = { ClusterName: clusterName, ServiceName: service.serviceName };
  const metric = (namespace: string, metricName: string): RoleMetric => ({
    ref: { namespace, metricName, dimensions, stat: 'Average' },
  });
  return {
    kind: 'ecs-service',
    attributes: {
      clusterArn,
      serviceName: service.serviceName,
      minTasks,
      maxTasks: options.maxTasks ?? 3 * Math.max(MOST_ASSUMED_TASKS, minTasks),
      taskMetricsNamespace: options.taskMetricsNamespace ?? null,
    },
    minTasks,
    // Nobody knows how few would do, so none is taken away (decision 0082).
    defaultActions: applicableActions('ecs-service').filter((action) => !(isGuess && action === 'scaleIn')),
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
    roleArns: (options.allowedActions?.includes('rollback') ?? true) ? rolesOfTasks(service, options) : [],
    warnings: metrics?.errorRate === undefined && metrics?.latencyP95 === undefined ? [USERS_NOT_MEASURED] : [],
  };
};

const USERS_NOT_MEASURED: WatchWarning = {
  id: 'kintsugi:users-not-measured',
  message:
    'Only processor, memory and (with Container Insights) the number of tasks are looked at: whether the service answers with errors, or slowly, nobody would notice. Give watch metrics for errorRate or latencyP95.',
};

/**
 * Tasks with which the app starts the service, or to which it lets auto scaling go down; null when it was imported, or
 * only the deployment knows. By type name: the app may have a copy of CDK of its own.
 */
const fewestTasksOf = (service: WatchableService): number | null => {
  const counts = service.node.findAll().flatMap((child) => {
    if (!CfnResource.isCfnResource(child)) return [];
    if (child.cfnResourceType === 'AWS::ApplicationAutoScaling::ScalableTarget') {
      return [(child as CfnScalableTarget).minCapacity];
    }
    // ECS starts one where nothing is said.
    return child.cfnResourceType === 'AWS::ECS::Service' ? [(child as CfnService).desiredCount ?? 1] : [];
  });
  return counts.length === 0 || counts.some((count) => Token.isUnresolved(count)) ? null : Math.min(...counts);
};

const rolesOfTasks = (
  { node, taskDefinition }: WatchableService,
  { taskRoles }: WatchServiceOptions,
): readonly string[] => {
  if (taskRoles !== undefined) return taskRoles.map(({ roleArn }) => roleArn);
  if (taskDefinition === undefined) {
    throw new Error(
      `taskRoles: a rollback passes on the roles of the tasks, and those of ${node.path} are not known here; pass the option taskRoles, or allowedActions without rollback.`,
    );
  }
  const { taskRole } = taskDefinition;
  // A container that is added later may bring the execution role with it.
  const executionRole = Lazy.string({ produce: () => (taskDefinition.executionRole ?? taskRole).roleArn });
  return [taskRole.roleArn, executionRole];
};

export const aliasTarget = (alias: WatchableAlias, { allowedActions }: WatchOptions): WatchTarget => {
  const { functionName, functionArn } = alias.version.lambda;
  const dimensions = { FunctionName: functionName, Resource: `${functionName}:${alias.aliasName}` };
  const metric = (metricName: string, stat: string, scale?: number): RoleMetric => ({
    ref: { namespace: 'AWS/Lambda', metricName, dimensions, stat, ...(scale === undefined ? {} : { scale }) },
  });
  return {
    kind: 'lambda-function',
    attributes: { functionName, aliasName: alias.aliasName },
    minTasks: 0,
    defaultActions: applicableActions('lambda-function'),
    defaultMetrics: {
      requestCount: metric('Invocations', 'Sum'),
      // Each invocation reports 0 or 1 error, so the average is the share of failed ones.
      errorRate: metric('Errors', 'Average', 100),
      latencyP95: metric('Duration', 'p95'),
    },
    arns: { function: functionArn },
    clusterArn: null,
    keyArns: [],
    warnings: isDeletedWhenReplaced(alias.version) && allowedActions?.includes('rollback') !== false ? [NOT_KEPT] : [],
    roleArns: [],
  };
};

const NOT_KEPT: WatchWarning = {
  id: 'kintsugi:version-not-retained',
  message:
    'The next deployment deletes the version to which this alias points, so there is nothing to roll back to. Give the function currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN }.',
};

/** CDK deletes a version with the deployment that makes another, unless it is told otherwise; an imported one stays. */
const isDeletedWhenReplaced = ({ node }: IConstruct): boolean =>
  CfnResource.isCfnResource(node.defaultChild) && !KEPT.includes(node.defaultChild.cfnOptions.deletionPolicy);

const KEPT: readonly (CfnDeletionPolicy | undefined)[] = [
  CfnDeletionPolicy.RETAIN,
  CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE,
];

/** @throws Error when the queue has no dead-letter queue that is known here */
export const queueTarget = (queue: WatchableQueue, options: WatchQueueOptions): WatchTarget => {
  const deadLetterQueue = options.deadLetterQueue ?? queue.deadLetterQueue?.queue;
  if (deadLetterQueue === undefined) {
    throw new Error(
      `deadLetterQueue: ${queue.node.path} has none that is known here; give the queue one, or pass the option deadLetterQueue.`,
    );
  }
  const metric = (of: WatchableQueue, metricName: string): RoleMetric => ({
    ref: { namespace: 'AWS/SQS', metricName, dimensions: { QueueName: of.queueName }, stat: 'Maximum' },
  });
  return {
    kind: 'sqs-queue',
    attributes: { queueUrl: queue.queueUrl, deadLetterQueueUrl: deadLetterQueue.queueUrl },
    minTasks: 0,
    defaultActions: applicableActions('sqs-queue'),
    defaultMetrics: {
      queueAge: metric(queue, 'ApproximateAgeOfOldestMessage'),
      deadLetters: metric(deadLetterQueue, 'ApproximateNumberOfMessagesVisible'),
    },
    arns: { queue: queue.queueArn, deadLetterQueue: deadLetterQueue.queueArn },
    clusterArn: null,
    keyArns: [queue, deadLetterQueue].flatMap(({ encryptionMasterKey }) => encryptionMasterKey?.keyArn ?? []),
    warnings: [],
    roleArns: [],
  };
};
