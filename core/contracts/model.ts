import * as z from 'zod';
import { ActionIdSchema } from './action.ts';
import { EnvironmentNameSchema } from './workload.ts';

/** Readable and unique: environment, when it was frozen, and the first digits of the SHA-256 of its content. */
export const ModelVersionSchema = z
  .string()
  .regex(/^model-(dev|stage|prod)-\d{8}-\d{6}-[0-9a-f]{6}$/, 'must look like model-dev-20261121-053000-1a2b3c');
export type ModelVersion = z.output<typeof ModelVersionSchema>;

/** The table that goes on learning, in place of a frozen version. */
export const LIVE = 'live';

/** What may decide: a frozen version, or the live table. */
export const ModelRefSchema = z.union([z.literal(LIVE), ModelVersionSchema]);
export type ModelRef = z.output<typeof ModelRefSchema>;

/** A hypothesis or symptom of the catalogue in force, which may be a team's own. */
const CatalogueNameSchema = z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/, 'must be letters and digits');

/** Evidence counts of one hypothesis, with all clocks at zero (`core/learning/evidence.ts` says what they are). */
const FrozenRowSchema = z.record(z.string().min(1), z.number());

/** By service tier, then by hypothesis. */
export const FrozenTablesSchema = z.record(z.string().min(1), z.record(z.string().min(1), FrozenRowSchema));
export type FrozenTables = z.output<typeof FrozenTablesSchema>;

/**
 * What an action has earned: unattended execution in prod after enough verified heals at the same version in stage. Kept
 * with the model, because another table would choose the action elsewhere.
 */
export const EarnedAutonomySchema = z.object({
  actionId: ActionIdSchema,
  tier: z.string().min(1),
  hypothesis: CatalogueNameSchema,
  modelVersion: z.string().min(1),
  verifiedHeals: z.number(),
  attempts: z.number().min(0),
  /** Lower bound of the probability that it heals, 0 to 1. */
  lowerBound: z.number().min(0).max(1),
  earned: z.boolean(),
});
export type EarnedAutonomy = z.output<typeof EarnedAutonomySchema>;

/** Which experiences a version was frozen from. */
export const ModelDataSchema = z.object({
  experiences: z.int().min(0),
  /** When the newest of them ended; null without any. */
  until: z.iso.datetime().nullable(),
  /** SHA-256 over the canonical JSON of their ids and deltas, in the order of their ids. */
  hash: z.string().length(64),
});
export type ModelData = z.output<typeof ModelDataSchema>;

/** Everything that makes a version, without its name: what its hash covers. Never changed once written. */
export const ModelContentSchema = z.object({
  schemaVersion: z.literal(1),
  env: EnvironmentNameSchema,
  createdAt: z.iso.datetime(),
  catalogueVersion: z.string().min(1),
  codeVersion: z.string().min(1),
  lineage: z.object({
    /** Versions that it came from: the champion it was bootstrapped on, and what another environment handed on. */
    parents: z.array(ModelVersionSchema),
    data: ModelDataSchema,
  }),
  autonomy: z.array(EarnedAutonomySchema).default([]),
  tables: FrozenTablesSchema,
});
export type ModelContent = z.output<typeof ModelContentSchema>;

export const ModelSnapshotSchema = ModelContentSchema.extend({
  version: ModelVersionSchema,
  /** SHA-256 over the canonical JSON of the content. */
  sha256: z.string().length(64),
});
export type ModelSnapshot = z.output<typeof ModelSnapshotSchema>;

/** The tests that a candidate must pass (decision 0027), in their order. */
export const PromotionTestNameSchema = z.enum([
  'frozenEvidence',
  'maskFuzz',
  'posteriorModel',
  'coupledReplay',
  'harm',
  'doublyRobust',
  'thinEvidence',
]);
export type PromotionTestName = z.output<typeof PromotionTestNameSchema>;

export const PromotionTestSchema = z.object({
  test: PromotionTestNameSchema,
  passed: z.boolean(),
  /** What was measured; null when there was too little data to measure anything. */
  figure: z.number().nullable(),
  bound: z.number(),
  samples: z.int().min(0),
  /** In words: what was measured against what. */
  detail: z.string(),
});
export type PromotionTest = z.output<typeof PromotionTestSchema>;

/** How a candidate did against the champion of its time; a version may be evaluated more than once. */
export const EvaluationSchema = z.object({
  schemaVersion: z.literal(1),
  candidate: ModelVersionSchema,
  champion: ModelRefSchema,
  at: z.iso.datetime(),
  passed: z.boolean(),
  tests: z.array(PromotionTestSchema).min(1),
});
export type Evaluation = z.output<typeof EvaluationSchema>;

/** A candidate that decides some incidents, by their hash. */
export const CanarySchema = z.object({
  candidate: ModelVersionSchema,
  /** Share of incidents, 0 to 1. */
  share: z.number().gt(0).lt(1),
  /** When this share began. */
  since: z.iso.datetime(),
});

/** Which version decides in an environment. Each change has the next revision. */
export const ModelPointerSchema = z.object({
  schemaVersion: z.literal(1),
  revision: z.int().min(0),
  champion: ModelRefSchema,
  canary: CanarySchema.nullable(),
  /** Earlier champions, newest first: where a rollback goes. */
  previous: z.array(ModelRefSchema).max(20),
  changedAt: z.iso.datetime().nullable(),
  /** Agent or person. */
  changedBy: z.string(),
  reason: z.string(),
});
export type ModelPointer = z.output<typeof ModelPointerSchema>;

/** One attempt as the evaluation of models reads it. */
export const ExperienceStepSchema = z.object({
  action: ActionIdSchema,
  recovered: z.boolean(),
  worse: z.boolean(),
  /** Null while the hour is not over, or nothing recovered. */
  relapsed: z.boolean().nullable(),
  minutes: z.number().min(0),
  /** Impact-minutes, on the scale of the prediction. */
  cost: z.number().min(0),
  /** What could be chosen then. */
  allowed: z.array(ActionIdSchema),
  /** Probability with which it was chosen. */
  propensity: z.number().gt(0).max(1),
  /** Impact-minutes until the end of the incident that Decide expected of it; null for a person's choice. */
  predicted: z.number().nullable(),
});
export type ExperienceStep = z.output<typeof ExperienceStepSchema>;

/** What was seen, chosen and paid in an incident: with it a version that never decided can be judged. */
export const ExperienceTraceSchema = z.object({
  origin: z.enum(['incident', 'injected']),
  /** The true cause, where an injected fault or a post-mortem tells it. */
  label: CatalogueNameSchema.nullable(),
  /** Who decided; `live` for the table that goes on learning. */
  model: ModelRefSchema,
  present: z.array(CatalogueNameSchema),
  absent: z.array(CatalogueNameSchema),
  steps: z.array(ExperienceStepSchema).max(3),
  /** Impact-minutes of the person who was called in the end; null when none was. */
  personCost: z.number().min(0).nullable(),
});
export type ExperienceTrace = z.output<typeof ExperienceTraceSchema>;
