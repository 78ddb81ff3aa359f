import * as z from 'zod';

/** A set of policies after it was checked: what a function is deployed with, and what `simulate` runs. */
export const PolicySetSchema = z.object({
  /** SHA-256 over schema and policies. */
  version: z.string().length(64),
  schema: z.string().min(1),
  policies: z
    .array(
      z.object({
        id: z.string().min(1),
        text: z.string().min(1),
        guard: z.string().nullable(),
        reason: z.string(),
        /** File and line. */
        source: z.string().min(1),
      }),
    )
    .min(1),
});
export type PolicySet = z.output<typeof PolicySetSchema>;
