import * as z from 'zod';
import { ExperienceTraceSchema } from './model.ts';

/** Numbers that were added to one row of the Q-table. */
export const StoredDeltaSchema = z.object({ hypothesis: z.string().min(1), add: z.record(z.string(), z.number()) });

/** What made the Q-table change. */
export const ExperienceKindSchema = z.enum([
  /** an incident was closed */
  'incident',
  /** its cure did not last the hour */
  'relapse',
  /** a person rated how it was handled */
  'feedback',
  /** another environment, or a game day, handed on what it knows */
  'handed_on',
  /** everything known was made to count less, for example after a major change */
  'discount',
  /** rows were set back to how they count today, with the same meaning and smaller numbers */
  'rebase',
]);

/** What comes after an incident's id in the id of its second event, when its cure did not last. */
export const RELAPSE = '#relapse';

/** The same, when its cause became known. */
export const LABEL = '#label';

/**
 * One event in the log of experiences: it is written at most once, together with its additions, so that the Q-table is
 * the sum of the log and can be rebuilt from it at any time.
 */
export const ExperienceSchema = z.object({
  /** The incident's id; with a suffix for what comes after it, such as {@link RELAPSE}. */
  executionId: z.string().min(1),
  kind: ExperienceKindSchema.default('incident'),
  tier: z.string().min(1),
  /** Milliseconds since the Unix epoch. */
  at: z.number(),
  deltas: z.array(StoredDeltaSchema),
  trace: ExperienceTraceSchema.optional(),
});
export type StoredExperience = z.output<typeof ExperienceSchema>;
