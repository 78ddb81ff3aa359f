import * as z from 'zod';
import { ActionIdSchema } from './action.ts';
import { IncidentIdSchema } from './loop-state.ts';
import { TimeWindowSchema } from './time-window.ts';
import { ApprovalSchema, QuestionSchema } from './verdict.ts';
import { CriticalitySchema, WorkloadIdSchema } from './workload.ts';

/** One place in the chain of those who are told: a person, or a channel that several people read. */
export const RecipientSchema = z.strictObject({
  /** Its name in links, records, parameters and filters of subscriptions. */
  name: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/, 'must be a lower-case name of letters, digits and hyphens'),
  /** `email`: a message to the notification topic with the attribute `recipient`. `webhook`: a POST of Slack's JSON. */
  channel: z.enum(['email', 'webhook']),
  /** Minutes without an answer after which it is told as well; 0: at once. */
  afterMinutes: z.int().min(0).max(1_440),
  /** Whose it is, by the name under which the API knows that person; null: several people read it. */
  person: z.email().nullable(),
  /** Whether its messages hold links that answer; else they only say how to. */
  mayAnswer: z.boolean(),
  /** When it is not disturbed, but for questions and what concerns workloads of criticality 0. */
  quietHours: z.array(TimeWindowSchema),
});
export type Recipient = z.output<typeof RecipientSchema>;

/** Everybody who is told, in the order of escalation. */
export const ChainSchema = z
  .array(RecipientSchema)
  .max(10)
  .refine((chain) => new Set(chain.map(({ name }) => name)).size === chain.length, 'must have each name once');

/** How an incident went, for people: what happened, what was done about it, why, and the whole account. */
export const AccountSchema = z.object({
  happened: z.string(),
  done: z.string(),
  why: z.string(),
  whole: z.string(),
});
export type Account = z.output<typeof AccountSchema>;

const common = {
  incidentId: IncidentIdSchema,
  workloadId: WorkloadIdSchema,
  criticality: CriticalitySchema,
  /** When it became true: of two notices on one incident the later one counts. */
  at: z.iso.datetime(),
};
const { questionId } = QuestionSchema.shape;

/** What people are told. A question itself is read when it is delivered, so that nobody is asked what is answered already. */
export const NoticeSchema = z.discriminatedUnion('occasion', [
  z.object({ ...common, occasion: z.literal('question'), questionId }),
  /** Silence is about to become a no. */
  z.object({ ...common, occasion: z.literal('last_word'), questionId }),
  z.object({
    ...common,
    occasion: z.literal('answered'),
    questionId,
    ...ApprovalSchema.pick({ answer: true, approver: true, reason: true }).shape,
    actionId: ActionIdSchema.nullable(),
  }),
  z.object({ ...common, occasion: z.literal('recovered'), account: AccountSchema }),
  z.object({ ...common, occasion: z.literal('escalated'), account: AccountSchema }),
]);
export type Notice = z.output<typeof NoticeSchema>;

/** A notice on its way to one recipient. */
export const DeliverySchema = z.object({ recipient: RecipientSchema.shape.name, notice: NoticeSchema });
export type Delivery = z.output<typeof DeliverySchema>;

/** What was last said to a recipient of an incident, and what waits there for the end of quiet hours. */
export const ConversationSchema = z.object({
  told: z.object({ key: z.string(), at: z.iso.datetime() }).nullable(),
  held: z.object({ key: z.string(), at: z.iso.datetime() }).nullable(),
});
export type Conversation = z.output<typeof ConversationSchema>;
