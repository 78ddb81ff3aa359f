import type * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { ActionId } from '../../core/contracts/action.ts';
import type { TimeWindow } from '../../core/contracts/time-window.ts';
import type { CallMetric, Criticality, MetricRole, Slo } from '../../core/contracts/workload.ts';
import type { GivenMetric } from './role-metric.ts';
import type { WatchableQueue } from './watch-targets.ts';
import type { Evaluation } from './workload-alarms.ts';

/** A metric by its name, for those that are measured outside of CDK. */
export interface NamedMetric {
  readonly namespace: string;
  readonly metricName: string;
  /** All of them: a read without dimensions means something else. */
  readonly dimensions: Readonly<Record<string, string>>;
  /** @default Average */
  readonly stat?: string;
  /** What a latency is counted in: microseconds, milliseconds or seconds. @default milliseconds */
  readonly unit?: cloudwatch.Unit;
}

/** How a workload's future is looked at. */
export interface ForecastOptions {
  /** What lies further ahead is left for later. @default 21,600: six hours */
  readonly horizonSeconds?: number;
  /** Length of the pattern in which demand comes again. @default 86,400: a day */
  readonly seasonSeconds?: number;
  /** Requests that one task serves well within one metric period. @default not known: demand is not foreseen */
  readonly requestsPerTask?: number;
}

/** Where it is seen which workloads one calls. */
export interface LearnedDependencies {
  /** In X-Ray's service graph. @default true */
  readonly traced?: boolean;
  /** In a metric of the calls that it counts itself, one series per callee. @default none */
  readonly observed?: CallMetric;
}

/** What can be said of any workload. */
export interface WatchOptions {
  /**
   * Its name in incidents, alarms and explanations: 1-63 lower-case letters, digits, hyphens.
   * @default the construct's id in kebab-case
   */
  readonly workloadId?: string;
  /** Who is told. @default the owner given to `SelfHealing.attach` */
  readonly owner?: string;
  /** 0 is the most critical; guards grow stricter towards 0. @default 2 */
  readonly criticality?: Criticality;
  /** What its users can expect. @default 5 % failed requests, 400 ms for the 95th percentile */
  readonly slo?: Slo;
  /** Workloads that it calls, by id. @default none */
  readonly dependsOn?: readonly string[];
  /** Learn which workloads it calls, beside those declared; what was not seen for eight days is forgotten. @default false */
  readonly learnDependencies?: boolean | LearnedDependencies;
  /**
   * Planned work of people on it: nothing is changed meanwhile. Weekly by the clock on the wall
   * (`{ days: ['sat'], from: '22:00', to: '04:00', timeZone: 'Europe/Berlin' }`), or once
   * (`{ from: '2026-12-01T20:00:00Z', until: '2026-12-02T02:00:00Z' }`).
   * @default none
   */
  readonly maintenanceWindows?: readonly TimeWindow[];
  /** Nothing is changed without a person meanwhile. @default none */
  readonly quietHours?: readonly TimeWindow[];
  /**
   * What may be done to it; an empty list: it is watched and never touched.
   * @default all that exist for its kind, without `scaleIn` for a service of which nobody says how many tasks it needs
   */
  readonly allowedActions?: readonly ActionId[];
  /** Workloads of one tier pool what was learned about them. @default the kind of workload */
  readonly tier?: string;
  /** When its alarms fire. @default by role, see `workload-alarms.ts` */
  readonly evaluation?: Evaluation;
  /** Seconds between two samples of its metrics. @default 60, as AWS measures */
  readonly metricPeriodSeconds?: number;
  /**
   * Search metrics for what they never did before: all that can be searched, or these roles. Costs about 0.20 USD a metric
   * and month (README).
   * @default false
   */
  readonly anomalyDetection?: boolean | readonly MetricRole[];
  /**
   * Foresee memory and pools that run out, and demand that passes what the tasks serve, and act gently before.
   * @default false
   */
  readonly forecasts?: boolean | ForecastOptions;
  /**
   * Metrics by role, instead of or beside the kind's own. In percent: errorRate, cpuUtilization, memoryUtilization,
   * dependencyErrorRate, poolUtilization. In milliseconds: latencyP95; a metric with another `unit` of time is converted,
   * and `TargetResponseTime` of a load balancer is known to be in seconds. queueAge is in seconds, the others are counts.
   *
   * A `MathExpression`, in the same units, raises its alarm, but its values are not read: evidence and explanation know no
   * more than whether the alarm fires, and it cannot be searched for anomalies.
   * @default those that AWS measures: of an ECS service processor, memory and (only with Container Insights) the number of
   * tasks, but no requests, errors or latency; of an alias and a queue everything
   */
  readonly metrics?: Readonly<Partial<Record<MetricRole, GivenMetric>>>;
}

export interface WatchServiceOptions extends WatchOptions {
  /**
   * Fewest tasks with which the service does its work: with fewer it counts as unhealthy, and it is never scaled in
   * below. Say it where 2 are too few.
   * @default the service's `desiredCount`, or the least of its auto scaling if that is less, at most 2; 1 where the app
   * does not say (an imported service)
   */
  readonly minTasks?: number;
  /** Most tasks to which it may be scaled out. @default three times minTasks, at least 6 */
  readonly maxTasks?: number;
  /** Namespace of the same metrics per task, with the dimension `TaskId` more. @default tasks cannot be told apart */
  readonly taskMetricsNamespace?: string;
  /**
   * Task role and execution role of its task definitions, which a rollback passes on; an empty list: they have none.
   * @default those of the service's task definition, which an imported service does not tell
   */
  readonly taskRoles?: readonly { readonly roleArn: string }[];
}

export interface WatchQueueOptions extends WatchOptions {
  /** Where its failed messages go. @default the queue's own dead-letter queue, which an imported queue does not tell */
  readonly deadLetterQueue?: WatchableQueue;
}
