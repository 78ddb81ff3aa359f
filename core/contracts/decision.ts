import * as z from 'zod';
import { ActionIdSchema, ActionPlanSchema, RiskSchema } from './action.ts';
import { SymptomSchema } from './evidence.ts';
import { EnvironmentNameSchema } from './workload.ts';

/** A fault kind of the catalogue in force, or `unknown`: a team's own catalogue may name faults of its own. */
export const HypothesisIdSchema = z.string().regex(/^[a-zA-Z][a-zA-Z0-9]*$/, 'must be letters and digits');
export type HypothesisId = z.output<typeof HypothesisIdSchema>;

/** How much stands behind an estimate, in observations. */
export const CellEvidenceSchema = z.object({
  /** Seen in this environment and tier. */
  own: z.number().min(0),
  /** Seen in all tiers. */
  pooled: z.number().min(0),
  /** Handed on by the environment before, at its discounted weight. */
  transferred: z.number().min(0),
  /** Pseudo-counts of the catalogue. */
  prior: z.number().min(0),
});

/** How one observation moved the belief in a hypothesis: natural logarithm of its likelihood ratio. */
export const SymptomWeightSchema = z.object({
  symptom: z.string(),
  present: z.boolean(),
  logLikelihoodRatio: z.number(),
});

/** What the action has shown so far against the leading hypothesis, at this version of the model. */
export const AutonomySchema = z.object({
  modelVersion: z.string(),
  hypothesis: HypothesisIdSchema,
  /** Lasting heals in the environment before, at the same version. */
  heals: z.number().min(0),
  /** Failures and relapses, there and here. */
  failures: z.number().min(0),
  /** With 95 % confidence it heals at least this share. */
  lowerBound: z.number().min(0).max(1),
});
export type Autonomy = z.output<typeof AutonomySchema>;

/** How the action was drawn; the probability is that of the action that was chosen. */
export const DrawSchema = z.object({
  rate: z.number(),
  among: z.int(),
  draw: z.number().min(0).lt(1),
  pool: z.array(ActionIdSchema),
  probability: z.number().gt(0).max(1),
});

/** Everything that the choice was computed from, so that it can be computed again from the record alone, bit for bit. */
export const ReplaySchema = z.object({
  /** SHA-256 of the canonical JSON of `catalogue`, of `rows`. */
  catalogueHash: z.string().length(64),
  tableHash: z.string().length(64),
  catalogue: z.unknown(),
  /** The rows of the tier as they were loaded, the ledger's included. */
  rows: z.record(z.string(), z.record(z.string(), z.number())),
  symptoms: z.record(z.string(), z.boolean().nullable()),
  attempt: z.int().min(0),
  tried: z.array(z.object({ action: z.string(), outcome: z.enum(['unchanged', 'improved', 'worse']) })),
  allowed: z.array(z.string()),
  plannable: z.array(z.string()),
  optimism: z.number(),
  maxAttempts: z.int(),
  environment: EnvironmentNameSchema,
  randomise: z.object({ rate: z.number(), among: z.int(), draw: z.number() }).nullable(),
  gateMinutes: z.number(),
  /** What a person had chosen, and then nothing was compared; `escalate` when that was ruled out by then. */
  approved: ActionIdSchema.optional(),
});
export type Replay = z.output<typeof ReplaySchema>;

/** One action that was considered. A masked one keeps its reason, so that "why not" has an answer. */
export const CandidateSchema = z.object({
  actionId: ActionIdSchema,
  /** Null when the action may be chosen; else why it cannot apply here. */
  masked: z.string().nullable(),
  /** Expected remaining cost in impact-minutes if taken now; null for a masked one. */
  expectedMinutes: z.number().nullable(),
  recoverProbability: z.object({ mean: z.number(), low: z.number(), high: z.number() }).nullable(),
  /** Verified outcomes behind the estimate, without the catalogue's pseudo-counts. */
  evidenceCount: z.number().min(0),
  evidence: CellEvidenceSchema.optional(),
});
export type Candidate = z.output<typeof CandidateSchema>;

export const DecisionSchema = z.object({
  plan: ActionPlanSchema,
  /** SHA-256 of the plan's canonical JSON: what a verdict and an approval are bound to. */
  planHash: z.string().length(64),
  /** The catalogue's risk of the chosen action. */
  risk: RiskSchema,
  reversible: z.boolean(),
  belief: z
    .array(
      z.object({
        hypothesis: HypothesisIdSchema,
        probability: z.number().min(0).max(1),
        /** The strongest observations for and against, for the three leading hypotheses. */
        movedBy: z.array(SymptomWeightSchema).optional(),
      }),
    )
    .min(1),
  fingerprint: z.string(),
  candidates: z.array(CandidateSchema).min(1),
  runbookAction: ActionIdSchema,
  /** What the runbook takes for the cause; it does not learn and does not change its mind after a failure. */
  runbookHypothesis: HypothesisIdSchema.optional(),
  /** Which single symptom, if absent, would change the choice; null when none would. */
  counterfactual: z.object({ symptom: SymptomSchema, action: ActionIdSchema }).nullable(),
  /** After so many more failures against this hypothesis another action would be chosen; null: not after 16. */
  failuresToChange: z
    .object({ hypothesis: HypothesisIdSchema, failures: z.int().positive(), action: ActionIdSchema })
    .nullable()
    .optional(),
  /** Whose evidence decided: `live`, or a frozen version. */
  modelVersion: z.string(),
  reason: z.string(),
  /** Null when nothing was drawn, which is always so in prod. */
  draw: DrawSchema.nullable().optional(),
  /** Null for what changes nothing. */
  autonomy: AutonomySchema.nullable().optional(),
  /** The earlier incident whose cure did not last, if this one is its second event. */
  relapseOf: z
    .object({ incidentId: z.string(), action: z.string().nullable(), heldMinutes: z.number().min(0) })
    .nullable()
    .optional(),
  /** Who asked for it; absent where nobody did, and it was chosen. */
  requestedBy: z.string().optional(),
  /** In the record only: the phases after Decide do not need it. */
  replay: ReplaySchema.optional(),
});
export type Decision = z.output<typeof DecisionSchema>;
