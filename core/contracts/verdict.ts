import * as z from 'zod';
import { ActionIdSchema } from './action.ts';

export const GuardNameSchema = z.enum([
  'mode',
  'schema',
  'freshness',
  'allow-list',
  'attempts',
  'cooldown',
  'consecutive-failures',
  'ineffective-successes',
  'recurrence',
  'blast-radius',
  'single-flight',
  'concurrency',
  'budget',
  'confidence',
  'earned-autonomy',
  'reversibility',
  'own-echo',
  'dependency-group',
  'cost',
  'proportionality',
  'maintenance',
  'quiet-hours',
  'backlog',
  'policies',
  'approval',
]);
export type GuardName = z.output<typeof GuardNameSchema>;

/** What one guard found: the fact, the limit it was held against and where that limit comes from, in words. */
export const GuardResultSchema = z.object({
  guard: GuardNameSchema,
  result: z.enum(['allow', 'ask', 'deny']),
  reason: z.string().min(1),
  fact: z.string(),
  limit: z.string(),
  limitSource: z.string(),
  /** Ids of the policies that objected; left out where none did, and in records from before there were policies. */
  policies: z.array(z.string()).optional(),
});
export type GuardResult = z.output<typeof GuardResultSchema>;

/**
 * What an `ask` asks, and what an answer to it is bound to. Nothing is held while it waits: a yes goes through Sense and
 * Enforce again, and counts only while all of this is still so.
 */
export const QuestionSchema = z.object({
  questionId: z.string().regex(/^[0-9a-f]{16}$/),
  workloadId: z.string().min(1),
  /** Fingerprint of the evidence that was shown. */
  fingerprint: z.string(),
  /** The workload's newest fencing token then; 0: nobody had ever acted on it. A newer one: somebody acted since. */
  fencingToken: z.int().min(0),
  /** Hashes of the plans that a yes can be about: the proposed one first, then its alternatives. */
  offered: z.array(z.string().length(64)).min(1),
  /** How many different people have to approve. */
  approvals: z.int().min(1).max(2),
  askedAt: z.iso.datetime(),
  /** Silence until then is a no. */
  expiresAt: z.iso.datetime(),
});
export type Question = z.output<typeof QuestionSchema>;

/** One denial denies, one ask asks; results of all guards are kept. */
export const VerdictSchema = z.object({
  verdict: z.enum(['allow', 'ask', 'deny']),
  guards: z.array(GuardResultSchema),
  planHash: z.string().length(64),
  /** What the policies were asked, a `PolicyRequest`, and which version of them; null or left out where they were not asked. */
  policies: z
    .object({ version: z.string().length(64), request: z.record(z.string(), z.unknown()) })
    .nullable()
    .optional(),
  /** The lease under which Act may mutate; null when nothing was granted. */
  lease: z.object({ resource: z.string(), fencingToken: z.int().positive(), expiresAt: z.iso.datetime() }).nullable(),
  /** With `ask`, and with the verdict on what a person chose; absent when nobody was asked. */
  question: QuestionSchema.optional(),
});
export type Verdict = z.output<typeof VerdictSchema>;

export const AnswerKindSchema = z.enum(['approve', 'decline', 'takeover']);
export type AnswerKind = z.output<typeof AnswerKindSchema>;

/**
 * A person's answer, or its absence, to an `ask`. What is optional is absent in records of before 2026-11-21, and when
 * nobody answered.
 */
export const ApprovalSchema = z.object({
  answer: z.enum([...AnswerKindSchema.options, 'expired']),
  approver: z.string().nullable(),
  planHash: z.string(),
  answeredAt: z.iso.datetime(),
  reason: z.string().nullable(),
  /** The question that it answers. */
  questionId: z.string().optional(),
  /** What was approved: the proposed action or an alternative. */
  actionId: ActionIdSchema.optional(),
  /** Everybody who approved, the first one first; `approver` is the last. */
  approvers: z.array(z.string().min(1)).optional(),
});
export type Approval = z.output<typeof ApprovalSchema>;
