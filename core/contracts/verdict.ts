import * as z from 'zod';

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
});
export type GuardResult = z.output<typeof GuardResultSchema>;

/** One denial denies, one ask asks; results of all guards are kept. */
export const VerdictSchema = z.object({
  verdict: z.enum(['allow', 'ask', 'deny']),
  guards: z.array(GuardResultSchema),
  planHash: z.string().length(64),
  /** The lease under which Act may mutate; null when nothing was granted. */
  lease: z.object({ resource: z.string(), fencingToken: z.int().positive(), expiresAt: z.iso.datetime() }).nullable(),
});
export type Verdict = z.output<typeof VerdictSchema>;

/** A person's answer, or its absence, to an `ask`. */
export const ApprovalSchema = z.object({
  answer: z.enum(['approve', 'decline', 'expired']),
  approver: z.string().nullable(),
  planHash: z.string(),
  answeredAt: z.iso.datetime(),
  reason: z.string().nullable(),
});
export type Approval = z.output<typeof ApprovalSchema>;
