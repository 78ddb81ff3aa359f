import * as z from 'zod';
import { IncidentIdSchema } from './loop-state.ts';
import { RecipientSchema } from './notice.ts';
import { AnswerKindSchema, QuestionSchema } from './verdict.ts';
import { EnvironmentNameSchema } from './workload.ts';

const common = {
  version: z.literal(1),
  env: EnvironmentNameSchema,
  incidentId: IncidentIdSchema,
  /** To whom it was sent: in whose name it answers. */
  recipient: RecipientSchema.shape.name,
  person: RecipientSchema.shape.person,
  expiresAt: z.iso.datetime(),
  /** Makes each link another one, so that each can be used once. */
  nonce: z.string().regex(/^[0-9a-f]{32}$/),
};

/** What a link allows whoever holds it to do, once. */
export const LinkClaimsSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    ...common,
    kind: z.literal('answer'),
    answer: AnswerKindSchema,
    questionId: QuestionSchema.shape.questionId,
    planHash: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  /** Says that somebody is looking after an incident that was handed to people: the chain goes no further. */
  z.strictObject({ ...common, kind: z.literal('acknowledge') }),
  z.strictObject({ ...common, kind: z.literal('feedback') }),
]);
export type LinkClaims = z.output<typeof LinkClaimsSchema>;
