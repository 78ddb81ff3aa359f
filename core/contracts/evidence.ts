import * as z from 'zod';
import { MetricRoleSchema, WorkloadIdSchema, WorkloadSchema } from './workload.ts';
import { ForecastSchema } from './forecast.ts';
import { SignalSchema } from './signal.ts';

/** The simulator's symptoms (`bench/learning`) plus the product's own (dead letters, capacity taken away); three-valued: present, absent, not observable (left out). */
export const SymptomSchema = z.enum([
  'taskExit',
  'memHigh',
  'cpuHigh',
  'latHigh',
  'errHigh',
  'recentDeploy',
  'recentConfig',
  'depErr',
  'dbConnSat',
  'azSkew',
  'diskHigh',
  'authErr',
  'healthFail',
  'throttle429',
  'trafficHigh',
  'lowUtil',
  'dlqDepth',
  'belowMin',
]);
export type Symptom = z.output<typeof SymptomSchema>;

/** One metric around the onset, already reduced: `baseline` is the median before, `current` the median of the newest samples. */
export const MetricSummarySchema = z.object({
  role: MetricRoleSchema,
  baseline: z.number().nullable(),
  current: z.number().nullable(),
  samples: z.int().min(0),
  newestAt: z.iso.datetime().nullable(),
});
export type MetricSummary = z.output<typeof MetricSummarySchema>;

export const TaskSummarySchema = z.object({
  taskArn: z.string(),
  lastStatus: z.string(),
  startedAt: z.iso.datetime().nullable(),
  sick: z.boolean(),
  /** Why the task counts as sick, in words; null for a healthy one. */
  reason: z.string().nullable(),
});
export type TaskSummary = z.output<typeof TaskSummarySchema>;

export const ExitSummarySchema = z.object({
  taskArn: z.string(),
  stoppedAt: z.iso.datetime().nullable(),
  exitCode: z.int().nullable(),
  reason: z.string(),
});

export const RevisionSchema = z.object({
  revision: z.string(),
  /** ECS deployment id or Lambda version. */
  deploymentId: z.string(),
  createdAt: z.iso.datetime(),
  /** False while it rolls out or after it failed; a rollback goes only to a stable one. */
  stable: z.boolean(),
});
export type Revision = z.output<typeof RevisionSchema>;

/** Tasks that evidence holds at most; how many there are is counted apart. */
export const MOST_TASKS = 50;

/** The workload as it is right now, read from its own service's API. */
export const WorkloadStateSchema = z.object({
  /** ECS: desired and running tasks. Lambda, SQS: null. */
  desired: z.int().min(0).nullable(),
  running: z.int().min(0).nullable(),
  tasks: z.array(TaskSummarySchema).max(MOST_TASKS),
  exits: z.array(ExitSummarySchema).max(10),
  currentRevision: RevisionSchema.nullable(),
  /** The last revision that was stable before the current one; null when there is none to go back to. */
  stableRevision: RevisionSchema.nullable(),
  deploymentInProgress: z.boolean(),
  /** What the current revision changed against the stable one; null when there is nothing to compare. */
  lastChange: z.enum(['code', 'configuration']).nullable(),
  /** Messages in the dead-letter queue, where there is one. */
  deadLetters: z.int().min(0).nullable(),
});
export type WorkloadState = z.output<typeof WorkloadStateSchema>;

export const AlarmStateSchema = z.object({
  alarmName: z.string(),
  role: MetricRoleSchema,
  state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
  since: z.iso.datetime().nullable(),
});
export type AlarmState = z.output<typeof AlarmStateSchema>;

/** One supposed root cause of an incident, from the metrics of all its workloads. */
export const DiagnosedCauseSchema = z.object({
  workloadId: WorkloadIdSchema,
  metric: z.enum(['latency', 'availability']),
  /** Share (0-1) of what the alarmed workload suffers that this one causes itself. */
  share: z.number().min(0).max(1),
  reason: z.string(),
});

/** Ranked causes, likeliest first, with those that only suffered; or no answer, and why. */
export const IncidentDiagnosisSchema = z.discriminatedUnion('answer', [
  z.object({
    answer: z.literal('causes'),
    /** The workload whose trouble was to be explained. */
    alarmed: WorkloadIdSchema,
    causes: z.array(DiagnosedCauseSchema).min(1).max(5),
    victims: z.array(WorkloadIdSchema),
  }),
  z.object({ answer: z.literal('none'), reason: z.string() }),
]);
export type IncidentDiagnosis = z.output<typeof IncidentDiagnosisSchema>;

/** What Sense found. `notSeen` lists, in words, every source that could not be read: an honest blind spot. */
export const EvidenceSchema = z.object({
  /**
   * The workload that the incident is about, as registered then: the one that the diagnosis names, else the deepest
   * alarmed dependency of the one that signalled.
   */
  workload: WorkloadSchema,
  observedAt: z.iso.datetime(),
  signals: z.array(SignalSchema).max(20),
  alarms: z.array(AlarmStateSchema),
  metrics: z.array(MetricSummarySchema),
  state: WorkloadStateSchema,
  neighbours: z.array(
    z.object({ workloadId: WorkloadIdSchema, relation: z.enum(['dependency', 'dependant']), alarmed: z.boolean() }),
  ),
  earlierIncidents: z
    .array(
      z.object({
        incidentId: z.string(),
        openedAt: z.iso.datetime(),
        status: z.string(),
        suspectRevision: z.string().nullable().default(null),
        closedAt: z.iso.datetime().nullable().optional(),
        lastAction: z.string().nullable().optional(),
        /** Its likeliest cause when it was decided last. */
        hypothesis: z.string().nullable().optional(),
      }),
    )
    .max(10),
  /** Other incidents of the workload within the last 24 hours, those dismissed left out; left out where nobody could count. */
  incidentsToday: z.int().min(0).optional(),
  /** Present and absent symptoms; one that is in neither list could not be observed. */
  symptoms: z.object({ present: z.array(SymptomSchema), absent: z.array(SymptomSchema) }),
  notSeen: z.array(z.string()),
  /** The incident is preventive: nothing is wrong yet, this is what is going to be. Absent in all others. */
  forecast: ForecastSchema.optional(),
  /** Which workload is the cause, by the metrics of all that one fault can reach; absent in records of older versions. */
  diagnosis: IncidentDiagnosisSchema.optional(),
  /** Another open incident whose root is the cause of this one too: that one heals it. */
  sameCauseAs: z.string().optional(),
});
export type Evidence = z.output<typeof EvidenceSchema>;
