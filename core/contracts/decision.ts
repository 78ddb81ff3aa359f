import * as z from 'zod';
import { ActionIdSchema, ActionPlanSchema, RiskSchema } from './action.ts';
import { SymptomSchema } from './evidence.ts';

/** The fault kinds of the catalogue (LEARNING §7), the product's own, and the honest rest. */
export const HypothesisIdSchema = z.enum([
  'crashLoop',
  'memLeak',
  'cpuSpike',
  'badDeploy',
  'configErr',
  'depDown',
  'dbPool',
  'azImpair',
  'diskFull',
  'secretExpiry',
  'deadlock',
  'blip',
  'throttled',
  'costWaste',
  'dlqBacklog',
  'scaledDown',
  'unknown',
]);
export type HypothesisId = z.output<typeof HypothesisIdSchema>;

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
});
export type Candidate = z.output<typeof CandidateSchema>;

export const DecisionSchema = z.object({
  plan: ActionPlanSchema,
  /** SHA-256 of the plan's canonical JSON: what a verdict and an approval are bound to. */
  planHash: z.string().length(64),
  /** The catalogue's risk of the chosen action. */
  risk: RiskSchema,
  reversible: z.boolean(),
  belief: z.array(z.object({ hypothesis: HypothesisIdSchema, probability: z.number().min(0).max(1) })).min(1),
  fingerprint: z.string(),
  candidates: z.array(CandidateSchema).min(1),
  runbookAction: ActionIdSchema,
  /** Which single symptom, if absent, would change the choice; null when none would. */
  counterfactual: z.object({ symptom: SymptomSchema, action: ActionIdSchema }).nullable(),
  modelVersion: z.string(),
  reason: z.string(),
});
export type Decision = z.output<typeof DecisionSchema>;
