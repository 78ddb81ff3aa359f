import * as z from 'zod';
import { EvaluationSchema, FrozenTablesSchema, ModelVersionSchema } from './model.ts';

/** What others ask the trainer about versions: it alone reads and writes where they are kept. */
export const ArchiveQuestionSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('list'), limit: z.int().min(1).max(100) }),
  z.object({ command: z.literal('show'), version: ModelVersionSchema }),
]);
export type ArchiveQuestion = z.output<typeof ArchiveQuestionSchema>;

export const ListedVersionSchema = z.object({
  version: ModelVersionSchema,
  /** Null for one that is not what its hash says. */
  content: z.object({ createdAt: z.iso.datetime(), tiers: z.array(z.string()) }).nullable(),
  /** The newest; null for one that was not judged. */
  evaluation: EvaluationSchema.nullable(),
});
export type ListedVersion = z.output<typeof ListedVersionSchema>;
/** Newest first. */
export const ListedVersionsSchema = z.array(ListedVersionSchema);

/** Null for a version that is missing, or is not what its hash says. */
export const ShownVersionSchema = z
  .object({ version: ModelVersionSchema, tables: FrozenTablesSchema, evaluation: EvaluationSchema.nullable() })
  .nullable();
export type ShownVersion = z.output<typeof ShownVersionSchema>;
