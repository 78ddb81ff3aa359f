import * as z from 'zod';
import { EventDetailSchema } from './event.ts';
import { IncidentSchema, IncidentStatusSchema } from './incident.ts';
import { JournalRecordSchema } from './journal.ts';
import { IncidentIdSchema } from './loop-state.ts';

/** RFC 9457: what went wrong, for a program and for a person; `errors` names each field. */
export const ProblemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.output<typeof ProblemSchema>;

/** `GET /incidents?status=&limit=`: newest first. */
export const ListIncidentsQuerySchema = z.object({
  status: IncidentStatusSchema.optional(),
  limit: z.coerce.number().int().min(1).max(100).default(25),
});
export const IncidentListSchema = z.object({ incidents: z.array(IncidentSchema) });

/** `GET /incidents/{id}`: the view and the journal, which holds timeline, candidates, guard results and explanation. */
export const IncidentPathSchema = z.object({ id: IncidentIdSchema });
export const IncidentDetailSchema = z.object({ incident: IncidentSchema, journal: z.array(JournalRecordSchema) });

/** `POST /incidents/{id}/approval`. */
export const ApprovalAnswerSchema = z.object({
  answer: z.enum(['approve', 'decline']),
  /** Hash of the plan that the answer is about; a different one means that the answer is about something else. */
  planHash: z.string().length(64),
  reason: z.string().max(500).nullable().default(null),
});
export const ApprovalReceiptSchema = z.object({
  incidentId: IncidentIdSchema,
  answer: z.string(),
  approver: z.string(),
});

/** `POST /events`: an external event in the unified schema. The id makes a repeated delivery recognisable. */
export const ExternalEventSchema = z.object({ id: z.string().min(1).max(200), detail: EventDetailSchema });
export const EventReceiptSchema = z.object({ id: z.string(), status: z.literal('queued') });

/** `GET /health`, the only route without a token. */
export const HealthSchema = z.object({ status: z.literal('ok'), env: z.string() });
