import * as z from 'zod';
import { TaskIdSchema } from '../contracts/api/tasks.ts';
import { HypothesisIdSchema } from '../contracts/decision.ts';
import { RatingSchema } from '../contracts/api/incidents.ts';
import { ModeSchema } from '../contracts/limits.ts';
import { IncidentIdSchema } from '../contracts/loop-state.ts';
import { WorkloadIdSchema } from '../contracts/workload.ts';

/** What people can ask about having been done. */
const ChangeSchema = z.enum(['restart', 'redeploy', 'rollback', 'scale', 'redrive']);
export type Change = z.output<typeof ChangeSchema>;

/** Which incident is meant: this one, the newest of a workload, or the newest. */
const TargetSchema = z.discriminatedUnion('of', [
  z.strictObject({ of: z.literal('incident'), incidentId: IncidentIdSchema }),
  z.strictObject({ of: z.literal('workload'), workloadId: WorkloadIdSchema }),
  z.strictObject({ of: z.literal('latest') }),
]);
export type Target = z.output<typeof TargetSchema>;

const on = <const Kind extends string>(kind: Kind) =>
  z.strictObject({ kind: z.literal(kind), workloadId: WorkloadIdSchema });
const alone = <const Kind extends string>(kind: Kind) => z.strictObject({ kind: z.literal(kind) });
const about = <const Kind extends string>(kind: Kind) =>
  z.strictObject({ kind: z.literal(kind), incidentId: IncidentIdSchema });

/** What is answered from the records and changes nothing. */
export const QuestionIntentSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('why'), target: TargetSchema, change: ChangeSchema.nullable(), not: z.boolean() }),
  z.strictObject({ kind: z.literal('approver'), target: TargetSchema }),
  z.strictObject({ kind: z.literal('incidents'), open: z.boolean(), workloadId: WorkloadIdSchema.nullable() }),
  z.strictObject({ kind: z.literal('hypothetical'), workloadId: WorkloadIdSchema, hypothesis: HypothesisIdSchema }),
  z.strictObject({ kind: z.literal('task'), taskId: TaskIdSchema }),
  on('status'),
  on('depends'),
  alone('broken'),
  alone('waiting'),
  alone('agents'),
  alone('mode'),
  alone('tasks'),
  alone('help'),
]);
export type QuestionIntent = z.output<typeof QuestionIntentSchema>;

const TasksSchema = z.int().min(1).max(10_000);

/** Longest rest that can be asked for, minutes: a week. */
export const LONGEST_PAUSE = 7 * 24 * 60;

/** What somebody wants done. None of it is done by the chat: it becomes a task, once it was confirmed. */
export const RequestIntentSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('scaleTo'), workloadId: WorkloadIdSchema, tasks: TasksSchema }),
  z.strictObject({ kind: z.literal('scaleBy'), workloadId: WorkloadIdSchema, tasks: z.int().min(-10_000).max(10_000) }),
  on('restart'),
  on('redeploy'),
  on('rollback'),
  on('redrive'),
  z.strictObject({
    kind: z.literal('pause'),
    workloadId: WorkloadIdSchema.nullable(),
    minutes: z.int().min(1).max(LONGEST_PAUSE),
  }),
  z.strictObject({ kind: z.literal('resume'), workloadId: WorkloadIdSchema.nullable() }),
  z.strictObject({ kind: z.literal('mode'), mode: ModeSchema.exclude(['off']) }),
  alone('stop'),
  about('approve'),
  about('decline'),
  about('takeover'),
  z.strictObject({ kind: z.literal('rate'), incidentId: IncidentIdSchema, rating: RatingSchema }),
  z.strictObject({ kind: z.literal('cancel'), taskId: TaskIdSchema }),
]);
export type RequestIntent = z.output<typeof RequestIntentSchema>;

/**
 * A request in the one sentence that says it. It is what a task carries: the interpreter reads it back as the same intent,
 * so that a worker needs no second language.
 */
export const sentenceOf = (intent: RequestIntent): string => {
  switch (intent.kind) {
    case 'scaleTo':
      return `scale ${intent.workloadId} to ${intent.tasks} tasks`;
    case 'scaleBy':
      return `scale ${intent.workloadId} by ${intent.tasks < 0 ? '-' : '+'}${Math.abs(intent.tasks)} tasks`;
    case 'rollback':
      return `roll back ${intent.workloadId}`;
    case 'restart':
    case 'redeploy':
    case 'redrive':
      return `${intent.kind} ${intent.workloadId}`;
    case 'pause':
      return `pause healing${ofWorkload(intent.workloadId)} for ${intent.minutes} minutes`;
    case 'resume':
      return `resume healing${ofWorkload(intent.workloadId)}`;
    case 'mode':
      return `set mode ${intent.mode}`;
    case 'stop':
      return 'stop everything';
    case 'approve':
    case 'decline':
      return `${intent.kind} ${intent.incidentId}`;
    case 'takeover':
      return `take over ${intent.incidentId}`;
    case 'rate':
      return `rate ${intent.incidentId} ${intent.rating.replace('_', ' ')}`;
    case 'cancel':
      return `cancel ${intent.taskId}`;
  }
};

const ofWorkload = (workloadId: string | null): string => (workloadId === null ? '' : ` of ${workloadId}`);

/** What the interpreter knows of the environment that it is asked about; nothing else can be named. */
export interface ChatWorld {
  readonly env: 'dev' | 'stage' | 'prod';
  readonly workloads: readonly {
    readonly workloadId: string;
    /** Requests that this kind of workload and its owner allow. */
    readonly changes: readonly Change[];
    /** Registered range of its tasks; null where there are none to count. */
    readonly tasks: { readonly min: number; readonly max: number } | null;
  }[];
  /** Incidents that wait for a person. */
  readonly waiting: readonly string[];
  /** Tasks that have not begun. */
  readonly queued: readonly string[];
}
