import * as z from 'zod';
import { ActionIdSchema } from '../action.ts';
import { HypothesisIdSchema } from '../decision.ts';
import { IncidentIdSchema } from '../loop-state.ts';
import type { RouteSpec } from './route.ts';

const TierSchema = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be 1-32 lower-case letters, digits or hyphens');
const VersionSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$/, 'must be `live` or a version of the list of models');

/** A version of the Q-table. `live` is the table that goes on learning. */
export const ModelSchema = z.object({
  version: VersionSchema,
  /** One decides; one may be tried by some of the incidents; one that is not what its hash says can do neither. */
  status: z.enum(['deciding', 'trial', 'learning', 'frozen', 'unsound']),
  createdAt: z.iso.datetime().nullable(),
  tiers: z.array(z.string()),
  /** Whether it passed every test against the champion of that time; null for one that was not judged. */
  passed: z.boolean().nullable(),
  note: z.string(),
});
export const ModelListSchema = z.object({ models: z.array(ModelSchema) });
export const ModelPathSchema = z.object({ version: VersionSchema });

/** What is believed of one action against one fault: the catalogue's prior and the counted outcomes. */
export const CellSchema = z.object({
  hypothesis: z.string(),
  actionId: z.string(),
  /** Verified outcomes behind the figures, without the catalogue's pseudo-counts. */
  evidence: z.number(),
  fixed: z.number(),
  failed: z.number(),
  recoverProbability: z.object({ mean: z.number(), low: z.number(), high: z.number() }),
});
export const ModelTableSchema = z.object({
  version: VersionSchema,
  tier: z.string(),
  /** How often each fault is expected before anything is seen. */
  belief: z.array(z.object({ hypothesis: z.string(), probability: z.number() })),
  cells: z.array(CellSchema),
});

/** What two versions would do differently. */
export const ModelDiffSchema = z.object({
  from: VersionSchema,
  to: VersionSchema,
  tier: z.string(),
  cells: z.array(
    z.object({
      hypothesis: z.string(),
      actionId: z.string(),
      before: z.number().nullable(),
      after: z.number().nullable(),
    }),
  ),
});

export const PromotionBodySchema = z.strictObject({ reason: z.string().min(1).max(500) });
export const PromotionSchema = z.object({
  version: VersionSchema,
  /** A version begins with some of the incidents; it decides all of them when it has kept what it promised. */
  result: z.enum(['started', 'refused']),
  reasons: z.array(z.string()),
});

export const PolicySetSchema = z.object({
  /** SHA-256 of all texts: which set is deployed. */
  version: z.string(),
  policies: z.array(
    z.object({
      policyId: z.string(),
      file: z.string(),
      effect: z.enum(['permit', 'forbid']),
      /** What it says, in words; from its annotation. */
      description: z.string().nullable(),
      text: z.string(),
    }),
  ),
});
export const SimulationBodySchema = z.strictObject({
  /** Cedar text that would be added to the deployed set. */
  policies: z.string().min(1).max(50_000),
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
});
export const SimulationSchema = z.object({
  /** Incidents that were looked at, the newest of the period. */
  incidents: z.int(),
  /** False: the period holds older ones, too; ask for them with an earlier `until`. */
  complete: z.boolean(),
  /** Decisions that were judged again. */
  checked: z.int(),
  changed: z.array(
    z.object({
      incidentId: IncidentIdSchema,
      attempt: z.int(),
      actionId: ActionIdSchema,
      hypothesis: HypothesisIdSchema.nullable(),
      before: z.enum(['allow', 'ask', 'deny']),
      after: z.enum(['allow', 'ask', 'deny']),
      reasons: z.array(z.string()),
    }),
  ),
});

export const learningRoutes = {
  listModels: {
    method: 'GET',
    path: '/models',
    role: 'viewer',
    tag: 'learning',
    summary: 'List the versions of what was learned',
    status: 200,
    response: ModelListSchema,
  },
  showModelTable: {
    method: 'GET',
    path: '/models/{version}/table',
    role: 'viewer',
    tag: 'learning',
    summary: 'Show what a version believes: probabilities of recovery by fault and action',
    params: ModelPathSchema,
    query: z.strictObject({ tier: TierSchema }),
    status: 200,
    response: ModelTableSchema,
    problems: [404],
  },
  compareModels: {
    method: 'GET',
    path: '/models/{version}/diff',
    role: 'viewer',
    tag: 'learning',
    summary: 'Compare a version with another one',
    params: ModelPathSchema,
    query: z.strictObject({ with: VersionSchema.default('live'), tier: TierSchema }),
    status: 200,
    response: ModelDiffSchema,
    problems: [404],
  },
  promoteModel: {
    method: 'POST',
    path: '/models/{version}/promotion',
    role: 'admin',
    tag: 'learning',
    summary: 'Begin the trial of a version, if it has passed its tests',
    params: ModelPathSchema,
    body: PromotionBodySchema,
    status: 200,
    response: PromotionSchema,
    problems: [404],
  },
  listPolicies: {
    method: 'GET',
    path: '/policies',
    role: 'viewer',
    tag: 'policies',
    summary: 'Show the policies that are deployed',
    status: 200,
    response: PolicySetSchema,
  },
  simulatePolicies: {
    method: 'POST',
    path: '/policies/simulation',
    role: 'operator',
    tag: 'policies',
    summary: 'Show what further policies would have changed in past incidents',
    body: SimulationBodySchema,
    status: 200,
    response: SimulationSchema,
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;
