import * as z from 'zod';
import { ActionIdSchema, AppliedActionSchema } from './action.ts';
import { DecisionSchema } from './decision.ts';
import { EvidenceSchema } from './evidence.ts';
import { HealthReadingSchema, OutcomeSchema, OutcomeStatusSchema } from './outcome.ts';
import { RequestSchema } from './request.ts';
import { ApprovalSchema, VerdictSchema } from './verdict.ts';
import { WorkloadIdSchema } from './workload.ts';

/** Readable and deterministic: opened at, about, hash of the first signal. Also the execution's name (at most 80 characters). */
export const IncidentIdSchema = z
  .string()
  .regex(/^inc-\d{8}-\d{6}-[a-z][a-z0-9-]{0,40}-[0-9a-f]{6}$/, 'must look like inc-20261121-053000-payments-1a2b3c');
export type IncidentId = z.output<typeof IncidentIdSchema>;

/** The newest record of the incident's chain: the next one continues from here. */
export const ChainHeadSchema = z.object({ seq: z.int().min(0), hash: z.string().length(64) });
export type ChainHead = z.output<typeof ChainHeadSchema>;

/** One earlier attempt of this incident. */
export const TriedActionSchema = z.object({ actionId: ActionIdSchema, outcome: OutcomeStatusSchema });
export type TriedAction = z.output<typeof TriedActionSchema>;

export const ValidationSchema = z.object({
  result: z.enum(['proceed', 'dismiss']),
  /** Every check with its finding, in words. */
  checks: z.array(z.object({ check: z.string(), passed: z.boolean(), reason: z.string() })).min(1),
  /** How the workload was before anything was done about it. */
  reading: HealthReadingSchema,
});
export type Validation = z.output<typeof ValidationSchema>;

/** Where an attempt ends: solved, given to a person, nothing to heal, or the next attempt. */
export const DispositionSchema = z.enum(['recovered', 'escalated', 'dismissed', 'retry']);
export type Disposition = z.output<typeof DispositionSchema>;

/** What a state machine knows of an error it caught. */
export const FailureSchema = z.object({ Error: z.string().optional(), Cause: z.string().optional() });

/**
 * The state of one execution of the healing loop: each phase takes it and returns it with its own section added, so that
 * the loop is a fold and a phase needs no table to know what came before.
 */
export const LoopStateSchema = z.object({
  incidentId: IncidentIdSchema,
  correlationId: z.string().min(1),
  /** The workload whose signal opened the incident. */
  workloadId: WorkloadIdSchema,
  /** Workloads whose alarms the same fault can explain: candidates for the root, closed together. */
  members: z.array(WorkloadIdSchema).min(1),
  openedAt: z.iso.datetime(),
  /** When the alarm spoke that was taken up late. Absent where it opened the incident at once. */
  waitedSince: z.iso.datetime().optional(),
  /** What a person asked for; absent where something broke. */
  request: RequestSchema.optional(),
  attempt: z.int().min(1).max(3),
  head: ChainHeadSchema,
  tried: z.array(TriedActionSchema).max(3),
  evidence: EvidenceSchema.optional(),
  validation: ValidationSchema.optional(),
  decision: DecisionSchema.optional(),
  verdict: VerdictSchema.optional(),
  approval: ApprovalSchema.optional(),
  action: AppliedActionSchema.optional(),
  outcome: OutcomeSchema.optional(),
  explanation: z.string().optional(),
  disposition: DispositionSchema.optional(),
  failure: FailureSchema.optional(),
});
export type LoopState = z.output<typeof LoopStateSchema>;

/** What each phase needs in its input; a missing section is an `InvalidInputError`, never a guess. */
export const SenseInputSchema = LoopStateSchema;
export const ValidateInputSchema = LoopStateSchema.required({ evidence: true });
export const DecideInputSchema = LoopStateSchema.required({ evidence: true, validation: true });
export const EnforceInputSchema = LoopStateSchema.required({ evidence: true, validation: true, decision: true });
export const ActInputSchema = LoopStateSchema.required({
  evidence: true,
  validation: true,
  decision: true,
  verdict: true,
});
export const ObserveInputSchema = LoopStateSchema.required({
  evidence: true,
  validation: true,
  decision: true,
  verdict: true,
});
export const UndoInputSchema = LoopStateSchema.required({
  evidence: true,
  decision: true,
  verdict: true,
  action: true,
  outcome: true,
});
export type DecideInput = z.output<typeof DecideInputSchema>;
export type EnforceInput = z.output<typeof EnforceInputSchema>;
export type ActInput = z.output<typeof ActInputSchema>;
export type ObserveInput = z.output<typeof ObserveInputSchema>;
export type UndoInput = z.output<typeof UndoInputSchema>;
export type ValidateInput = z.output<typeof ValidateInputSchema>;
