import * as z from 'zod';
import { ActionIdSchema } from '../action.ts';
import { ApprovalRequestSchema, IncidentSchema, IncidentStatusSchema } from '../incident.ts';
import { AnswerKindSchema, QuestionSchema } from '../verdict.ts';
import { JournalRecordSchema } from '../journal.ts';
import { IncidentIdSchema } from '../loop-state.ts';
import { WorkloadIdSchema } from '../workload.ts';
import type { RouteSpec } from './route.ts';
import { listOf, nextCursor, pageQuery, periodQuery } from './route.ts';

export const ListIncidentsQuerySchema = z.strictObject({
  status: listOf(IncidentStatusSchema, IncidentStatusSchema.options.length).optional(),
  workload: WorkloadIdSchema.optional(),
  /** By the time at which the incident was opened. */
  ...periodQuery,
  /** Part of the id, the workload, the summary, the last action or the explanation; capitals do not matter. */
  text: z.string().min(1).max(100).optional(),
  ...pageQuery,
});
export type ListIncidentsQuery = z.output<typeof ListIncidentsQuerySchema>;

/** Newest first. */
export const IncidentListSchema = z.object({ incidents: z.array(IncidentSchema), nextCursor });

export const IncidentPathSchema = z.object({ id: IncidentIdSchema });

export const PhaseNameSchema = z.enum(['Sense', 'Validate', 'Decide', 'Enforce', 'Act', 'Observe', 'Explain']);

/** One phase of an attempt. `skipped`: the attempt went another way; `failed`: the loop stopped here. */
export const PhaseSchema = z.object({
  name: PhaseNameSchema,
  state: z.enum(['done', 'running', 'waiting_for_person', 'pending', 'skipped', 'failed']),
  /** From the end of the step before to the record of this one; null where it did not run. */
  startedAt: z.iso.datetime().nullable(),
  endedAt: z.iso.datetime().nullable(),
  /** What the step itself took, without the workflow's transition. Milliseconds. */
  workMs: z.number().nullable(),
  /** What it found or did, in a line. */
  fact: z.string(),
  tone: z.enum(['good', 'bad', 'plain']),
});
export const AttemptSchema = z.object({ attempt: z.int(), phases: z.array(PhaseSchema) });

/** How a person judged the handling of an incident; one rating per person and incident. */
export const RatingSchema = z.enum(['helpful', 'too_slow', 'wrong']);
export const FeedbackBodySchema = z.strictObject({
  /** Whether the fault was really gone. */
  resolved: z.boolean(),
  rating: RatingSchema,
  comment: z.string().max(1_000).nullable().default(null),
});
export type FeedbackBody = z.output<typeof FeedbackBodySchema>;
export const FeedbackSchema = z.object({
  incidentId: IncidentIdSchema,
  person: z.string(),
  at: z.iso.datetime(),
  resolved: z.boolean(),
  rating: RatingSchema,
  comment: z.string().nullable(),
});
export type Feedback = z.output<typeof FeedbackSchema>;

/** A question that waits for a person, without the token that only the system may use. */
export const PendingApprovalSchema = ApprovalRequestSchema.omit({ taskToken: true });
export type PendingApproval = z.output<typeof PendingApprovalSchema>;

/** The view and the journal, which holds candidates, guard results and explanation; `attempts` is its timeline. */
export const IncidentDetailSchema = z.object({
  incident: IncidentSchema,
  attempts: z.array(AttemptSchema),
  journal: z.array(JournalRecordSchema),
  approval: PendingApprovalSchema.nullable(),
  feedback: z.array(FeedbackSchema),
});
export type IncidentDetail = z.output<typeof IncidentDetailSchema>;

/** What a check of the stored chain found; no faults means that every record is as it was written. */
export const ProofSchema = z.object({
  incidentId: IncidentIdSchema,
  sound: z.boolean(),
  records: z.int(),
  /** Hash of the newest record: who keeps it can tell later whether anything before it was changed. */
  head: z.string().nullable(),
  faults: z.array(z.object({ seq: z.int(), problem: z.string() })),
  checkedAt: z.iso.datetime(),
});

export const ApprovalListSchema = z.object({
  approvals: z.array(z.object({ incident: IncidentSchema, approval: PendingApprovalSchema })),
});

export const ApprovalAnswerSchema = z.strictObject({
  answer: AnswerKindSchema,
  /** The question that was read: an answer to an earlier one, however late it arrives, does nothing. */
  questionId: QuestionSchema.shape.questionId,
  /**
   * Hash of the plan that the answer is about: the proposed one or, with `approve`, that of an alternative. A different one
   * means that the answer is about something else.
   */
  planHash: z.string().regex(/^[0-9a-f]{64}$/, 'must be the 64 hex digits of the proposed plan'),
  reason: z.string().max(500).nullable().default(null),
});
export const ApprovalReceiptSchema = z.object({
  incidentId: IncidentIdSchema,
  answer: z.string(),
  approver: z.string(),
  /** What the answer was about: the proposed action, or the alternative that was approved. */
  actionId: ActionIdSchema,
  /** `done`: the workflow goes on. `waiting`: one more person has to approve. */
  status: z.enum(['done', 'waiting']),
  /** With `takeover`: what to do by hand. */
  steps: z.array(z.string()),
});
export type ApprovalReceipt = z.output<typeof ApprovalReceiptSchema>;

export const incidentRoutes = {
  listIncidents: {
    method: 'GET',
    path: '/incidents',
    role: 'viewer',
    tag: 'incidents',
    summary: 'List incidents, newest first',
    query: ListIncidentsQuerySchema,
    status: 200,
    response: IncidentListSchema,
  },
  showIncident: {
    method: 'GET',
    path: '/incidents/{id}',
    role: 'viewer',
    tag: 'incidents',
    summary: 'Show one incident with its timeline, journal and explanation',
    params: IncidentPathSchema,
    status: 200,
    response: IncidentDetailSchema,
    problems: [404],
  },
  verifyIncident: {
    method: 'GET',
    path: '/incidents/{id}/proof',
    role: 'viewer',
    tag: 'incidents',
    summary: 'Check that no record of an incident was changed',
    params: IncidentPathSchema,
    status: 200,
    response: ProofSchema,
    problems: [404],
  },
  giveFeedback: {
    method: 'POST',
    path: '/incidents/{id}/feedback',
    role: 'operator',
    tag: 'incidents',
    summary: 'Rate how an incident was handled, once per person',
    params: IncidentPathSchema,
    body: FeedbackBodySchema,
    status: 201,
    response: FeedbackSchema,
    problems: [404, 409],
  },
  listApprovals: {
    method: 'GET',
    path: '/approvals',
    role: 'viewer',
    tag: 'approvals',
    summary: 'List the questions that wait for a person',
    status: 200,
    response: ApprovalListSchema,
  },
  answerApproval: {
    method: 'POST',
    path: '/incidents/{id}/approval',
    role: 'approver',
    tag: 'approvals',
    summary: 'Answer the question of an incident',
    description: 'The answer counts only for the very plan that was proposed, until it expires, and once.',
    params: IncidentPathSchema,
    body: ApprovalAnswerSchema,
    status: 200,
    response: ApprovalReceiptSchema,
    problems: [409],
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;
