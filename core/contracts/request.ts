import * as z from 'zod';

/** Readable and sortable: when it was asked for, and a part of the hash of what was. */
export const TaskIdSchema = z
  .string()
  .regex(/^task-\d{8}-\d{6}-[0-9a-f]{8}$/, 'must look like task-20261121-053000-1a2b3c4d');

const MOST_TASKS = 10_000;

/** What people can ask to be done to a workload; everything else that they ask for changes Kintsugi, not a workload. */
export const RequestedChangeSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('scaleTo'), tasks: z.int().min(1).max(MOST_TASKS) }),
  z.object({ kind: z.literal('scaleBy'), tasks: z.int().min(-MOST_TASKS).max(MOST_TASKS) }),
  z.object({ kind: z.enum(['restart', 'redeploy', 'rollback', 'redrive']) }),
]);
export type RequestedChange = z.output<typeof RequestedChangeSchema>;

/** A person's wish, as the loop carries it: an incident with one is a requested one, in which nothing needs to be wrong. */
export const RequestSchema = z.object({
  taskId: TaskIdSchema,
  by: z.string().min(1),
  /** Whoever asked may approve, has seen what would be done, and has said yes to it. */
  confirmed: z.boolean(),
  change: RequestedChangeSchema,
});
export type Request = z.output<typeof RequestSchema>;
