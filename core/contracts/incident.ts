import * as z from 'zod';
import { IncidentIdSchema } from './loop-state.ts';
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
  explanation: z.string().nullable(),
});
export type Incident = z.output<typeof IncidentSchema>;

/** An `ask` that waits for a person: bound to the plan, the evidence and a deadline. */
export const ApprovalRequestSchema = z.object({
  incidentId: IncidentIdSchema,
  taskToken: z.string().min(1),
  planHash: z.string().length(64),
  fingerprint: z.string(),
  summary: z.string(),
  requestedAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type ApprovalRequest = z.output<typeof ApprovalRequestSchema>;
