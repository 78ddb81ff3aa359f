import * as z from 'zod';
import { ActionIdSchema } from './action.ts';
import { TimeWindowSchema } from './time-window.ts';

export const EnvironmentNameSchema = z.enum(['dev', 'stage', 'prod']);
export type EnvironmentName = z.output<typeof EnvironmentNameSchema>;

export const WorkloadIdSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,62}$/, 'must be 1-63 lower-case letters, digits or hyphens, starting with a letter');
export type WorkloadId = z.output<typeof WorkloadIdSchema>;

/** 0 is the most critical; guards grow stricter towards 0. */
export const CriticalitySchema = z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(3)]);
export type Criticality = z.output<typeof CriticalitySchema>;

/** A CloudWatch metric with all of its dimensions: reads without dimensions mean different things in different worlds. */
export const MetricRefSchema = z.object({
  namespace: z.string().min(1),
  metricName: z.string().min(1),
  dimensions: z.record(z.string(), z.string()),
  stat: z.string().default('Average'),
  /** Factor from the metric's own unit to its role's: 1,000 where seconds stand for milliseconds. Absent: 1. */
  scale: z.number().positive().optional(),
});
export type MetricRef = z.output<typeof MetricRefSchema>;

/** What a workload can be measured by; absent means "cannot be seen", which evidence and explanation say. */
export const MetricRoleSchema = z.enum([
  'requestCount',
  'errorRate',
  'latencyP95',
  'cpuUtilization',
  'memoryUtilization',
  'runningTaskCount',
  'dependencyErrorRate',
  'poolUtilization',
  'queueAge',
  'deadLetters',
]);
export type MetricRole = z.output<typeof MetricRoleSchema>;

export const SloSchema = z.object({
  /** Share of failed requests that is still acceptable, percent. */
  errorRatePercent: z.number().min(0).max(100),
  /** 95th percentile of the response time that is still acceptable, milliseconds. */
  latencyP95Ms: z.number().positive(),
});
export type Slo = z.output<typeof SloSchema>;

/** How an alarm's breach reads as evidence. */
export const AlarmRefSchema = z.object({ alarmName: z.string().min(1), role: MetricRoleSchema });
export type AlarmRef = z.output<typeof AlarmRefSchema>;

/** How far ahead a workload is looked at. */
export const ForecastSettingsSchema = z.object({
  /** What lies further ahead is nobody's business yet. */
  horizonSeconds: z.int().positive(),
  /** Length of the pattern in which demand comes again: a day, a week. */
  seasonSeconds: z.int().positive(),
  /** Requests that one task serves well within one metric period; null: not known, so demand is not foreseen. */
  requestsPerTask: z.number().positive().nullable(),
});
export type ForecastSettings = z.output<typeof ForecastSettingsSchema>;

/** A metric with which a workload says whom it called how often: one series per callee. */
export const CallMetricSchema = z.object({
  namespace: z.string().min(1),
  metricName: z.string().min(1),
  /** Those that name the caller. */
  dimensions: z.record(z.string(), z.string()),
  /** Dimension whose values are the callees: ids of workloads, or names of their services, functions or queues. */
  calleeDimension: z.string().min(1),
});
export type CallMetric = z.output<typeof CallMetricSchema>;

/** Where it is seen which workloads one calls. */
export const CallSettingsSchema = z.object({
  /** In X-Ray's service graph. */
  traced: z.boolean(),
  /** Null: it counts no calls itself. */
  observed: CallMetricSchema.nullable(),
});

/** What the detector does for a workload, beyond its alarms. It costs money while nothing is wrong. */
export const DetectionSchema = z.object({
  /** Roles that are searched for anomalies. */
  anomalies: z.array(MetricRoleSchema),
  /** Null: nothing is foreseen. */
  forecasts: ForecastSettingsSchema.nullable(),
  /** Absent: what it depends on is what is declared. */
  calls: CallSettingsSchema.optional(),
});
export type Detection = z.output<typeof DetectionSchema>;

/** A call from one workload to another that was seen, not declared: in traces, or counted by the caller itself. */
export const SeenCallSchema = z.object({
  callee: WorkloadIdSchema,
  source: z.enum(['traced', 'observed']),
  requestsPerMinute: z.number().min(0),
  lastSeen: z.iso.datetime(),
});
export type SeenCall = z.output<typeof SeenCallSchema>;

/** Planned work of people: the 50 windows that can be registered, and a rest that somebody asked for. */
export const MaintenanceWindowsSchema = z.array(TimeWindowSchema).max(51);

const common = {
  workloadId: WorkloadIdSchema,
  owner: z.string().min(1),
  criticality: CriticalitySchema,
  /** Workloads with the same tier pool what was learned about them. */
  tier: z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1-32 lower-case letters, digits or hyphens'),
  slo: SloSchema,
  dependsOn: z.array(WorkloadIdSchema),
  /** Dependencies that were seen at work, beside the declared ones. */
  seenCalls: z.array(SeenCallSchema).optional(),
  /** Its type as X-Ray names it (`AWS::StepFunctions::StateMachine`), where that says more than the kind. */
  traceType: z.string().min(1).optional(),
  allowedActions: z.array(ActionIdSchema),
  alarms: z.array(AlarmRefSchema),
  /** Spacing of the metrics' samples: 60 for standard metrics, down to 1 for high-resolution ones. */
  metricPeriodSeconds: z.int().positive(),
  metrics: z.partialRecord(MetricRoleSchema, MetricRefSchema),
  /** Absent: nobody asked for it. */
  detection: DetectionSchema.optional(),
  /** Nothing is changed meanwhile. */
  maintenanceWindows: MaintenanceWindowsSchema.optional(),
  /** Nothing is changed without a person meanwhile. */
  quietHours: z.array(TimeWindowSchema).max(50).optional(),
};

export const EcsServiceWorkloadSchema = z.object({
  ...common,
  kind: z.literal('ecs-service'),
  clusterArn: z.string().min(1),
  serviceName: z.string().min(1),
  minTasks: z.int().min(1),
  maxTasks: z.int().min(1),
  /** Namespace of the same metrics per task (dimensions of the service plus `TaskId`); null where tasks cannot be told apart. */
  taskMetricsNamespace: z.string().nullable(),
});

export const LambdaFunctionWorkloadSchema = z.object({
  ...common,
  kind: z.literal('lambda-function'),
  functionName: z.string().min(1),
  aliasName: z.string().min(1),
});

export const SqsQueueWorkloadSchema = z.object({
  ...common,
  kind: z.literal('sqs-queue'),
  queueUrl: z.string().min(1),
  deadLetterQueueUrl: z.string().min(1),
});

/** Something that can be healed: the registry's item, written by `SelfHealing.watch`. */
export const WorkloadSchema = z.discriminatedUnion('kind', [
  EcsServiceWorkloadSchema,
  LambdaFunctionWorkloadSchema,
  SqsQueueWorkloadSchema,
]);
export type Workload = z.output<typeof WorkloadSchema>;
export type EcsServiceWorkload = z.output<typeof EcsServiceWorkloadSchema>;
export type LambdaFunctionWorkload = z.output<typeof LambdaFunctionWorkloadSchema>;
export type SqsQueueWorkload = z.output<typeof SqsQueueWorkloadSchema>;
export type WorkloadKind = Workload['kind'];
