import * as z from 'zod';
import { MetricRoleSchema } from './workload.ts';

/** A measurement of how the workload is doing; `reasons` says in words what is still wrong (empty: nothing). */
export const HealthReadingSchema = z.object({
  at: z.iso.datetime(),
  healthy: z.boolean(),
  /** 0 (nobody notices) to 1 (nothing works): share of users' requests that fail or are too slow. */
  impact: z.number().min(0).max(1),
  reasons: z.array(z.string()),
  values: z.partialRecord(MetricRoleSchema, z.number()),
});
export type HealthReading = z.output<typeof HealthReadingSchema>;

export const OutcomeStatusSchema = z.enum(['recovered', 'improved', 'unchanged', 'worse', 'self_recovered']);
export type OutcomeStatus = z.output<typeof OutcomeStatusSchema>;

/** What Observe measured; `pending` means "watch again", and nothing has been concluded. */
export const OutcomeSchema = z.object({
  status: z.enum([...OutcomeStatusSchema.options, 'pending']),
  before: HealthReadingSchema,
  after: HealthReadingSchema,
  healthySince: z.iso.datetime().nullable(),
  /** Minutes from the action to verified recovery, or to the verdict that there is none. */
  minutes: z.number().min(0),
  readings: z.int().min(0),
  reason: z.string(),
});
export type Outcome = z.output<typeof OutcomeSchema>;
