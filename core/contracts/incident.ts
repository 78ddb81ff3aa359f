import * as z from 'zod';
import { ActionIdSchema, ActionPlanSchema, RiskSchema } from './action.ts';
import { CandidateSchema } from './decision.ts';
import { GapSchema } from './gap.ts';
import { IncidentIdSchema } from './loop-state.ts';
import { TaskIdSchema } from './request.ts';
import { QuestionSchema } from './verdict.ts';
import { EnvironmentNameSchema, WorkloadIdSchema } from './workload.ts';

export const IncidentStatusSchema = z.enum(['open', 'awaiting_approval', 'recovered', 'escalated', 'dismissed']);
export type IncidentStatus = z.output<typeof IncidentStatusSchema>;

/** The current view of an incident: what lists show. Details come from its journal. */
export const IncidentSchema = z.object({
  incidentId: IncidentIdSchema,
  env: EnvironmentNameSchema,
  workloadId: WorkloadIdSchema,
  status: IncidentStatusSchema,
  openedAt: z.iso.datetime(),
  closedAt: z.iso.datetime().nullable(),
  severity: z.number().min(0).max(100),
  summary: z.string(),
  correlationId: z.string(),
  /** How many signals were attached, duplicates not counted. */
  signalCount: z.int().min(1),
  attempts: z.int().min(0).max(3),
  lastAction: z.string().nullable(),
  outcome: z.string().nullable(),
  /** Revision that was new when this incident began, so that no later one takes it for stable and goes back to it. */
  suspectRevision: z.string().nullable().default(null),
  /** What Kintsugi lacked, where that is why it gave up. */
  gap: GapSchema.nullable().optional(),
  explanation: z.string().nullable(),
  /** Its likeliest cause when it was decided last; null or missing if nothing was decided. */
  hypothesis: z.string().nullable().optional(),
  /** Opened for a forecast: nothing was wrong yet. Absent in all others. */
  foretold: z.literal(true).optional(),
  /** The task that it carries out: nothing broke, so it counts as no failure of the workload. Absent in all others. */
  taskId: TaskIdSchema.optional(),
});
export type Incident = z.output<typeof IncidentSchema>;

/** Something that a person can say yes to: what it does, what is expected of it, and how it is done by hand. */
export const OfferSchema = z.object({
  actionId: ActionIdSchema,
  plan: ActionPlanSchema,
  planHash: z.string().length(64),
  /** `restart 1 sick task`. */
  summary: z.string(),
  /** Expected minutes of user impact until recovery if it is done now. */
  expectedMinutes: z.number().nullable(),
  recoverProbability: CandidateSchema.shape.recoverProbability,
  evidenceCount: z.number().min(0),
  risk: RiskSchema,
  reversible: z.boolean(),
  /** What a person does to do it by hand. */
  steps: z.array(z.string()).min(1),
});
export type Offer = z.output<typeof OfferSchema>;

/** A yes that does not suffice yet: a second person has to say the same. */
export const ConsentSchema = z.object({
  approver: z.string().min(1),
  planHash: z.string().length(64),
  at: z.iso.datetime(),
});
export type Consent = z.output<typeof ConsentSchema>;

/** An `ask` that waits for a person: what was detected, what would be done and why, what else could be, until when. */
export const ApprovalRequestSchema = z.object({
  incidentId: IncidentIdSchema,
  workloadId: WorkloadIdSchema,
  taskToken: z.string().min(1),
  question: QuestionSchema,
  planHash: z.string().length(64),
  fingerprint: z.string(),
  /** `restart 1 sick task on payments`. */
  summary: z.string(),
  detected: z.array(z.string()),
  /** Why this action was chosen. */
  reason: z.string(),
  /** Why a person is asked. */
  askedBecause: z.array(z.string()),
  proposal: OfferSchema,
  alternatives: z.array(OfferSchema),
  requestedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
  /** Whether people were told that it is about to expire. */
  announced: z.boolean(),
  consents: z.array(ConsentSchema),
});
export type ApprovalRequest = z.output<typeof ApprovalRequestSchema>;
