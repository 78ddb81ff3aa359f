import * as z from 'zod';
import type { Baseline } from './baseline.ts';

const UsualSchema = z
  .object({
    median: z.number(),
    deviation: z.number().nonnegative(),
    above: z.number().nonnegative(),
    below: z.number().nonnegative(),
    samples: z.number().int().positive(),
  })
  .readonly();

/** A stored baseline as it must look when it is read back. Apart from `baseline.ts`, so that the analyzer bundle needs no zod. */
export const BaselineSchema: z.ZodType<Baseline> = z
  .object({
    version: z.literal(1),
    nodes: z.record(z.string(), z.record(z.string(), UsualSchema).readonly()).readonly(),
  })
  .readonly();
