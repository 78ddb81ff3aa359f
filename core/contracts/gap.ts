import * as z from 'zod';

/** What Kintsugi itself lacks, so that an incident is blocked: not the workload's fault, and nothing that waiting mends. */
export const GapSchema = z.object({
  kind: z.enum(['permission', 'dependency']),
  /** IAM name of what was called. */
  action: z.string(),
  resource: z.string(),
  /** ARN of who was denied; null for a service that did not answer. */
  who: z.string().nullable(),
  /** What to do, exactly. */
  fix: z.string(),
});
export type Gap = z.output<typeof GapSchema>;
