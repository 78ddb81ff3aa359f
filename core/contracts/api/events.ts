import * as z from 'zod';
import { EventDetailSchema, EventNameSchema } from '../event.ts';
import { IncidentIdSchema } from '../loop-state.ts';
import type { RouteSpec } from './route.ts';
import { listOf, wholeNumber } from './route.ts';

/** An external event in the unified schema. The id makes a repeated delivery recognisable. */
export const ExternalEventSchema = z.strictObject({ id: z.string().min(1).max(200), detail: EventDetailSchema });
export const EventReceiptSchema = z.object({ id: z.string(), status: z.literal('queued') });

/** Sorts by the time of arrival; kept for an hour. */
export const EventIdSchema = z
  .string()
  .regex(/^\d{13}-[0-9a-f]{12}$/, 'must be the id of an event, such as 1763700000000-1a2b3c4d5e6f');

export const LiveEventSchema = z.object({
  id: EventIdSchema,
  source: z.string(),
  event: EventNameSchema,
  detail: EventDetailSchema,
});
export type LiveEvent = z.output<typeof LiveEventSchema>;

/** Which events to get; a missing field means all. */
export const LiveFilterSchema = z.strictObject({
  events: z.array(EventNameSchema).min(1).max(EventNameSchema.options.length).optional(),
  incident: IncidentIdSchema.optional(),
});
export type LiveFilter = z.output<typeof LiveFilterSchema>;

/** Without `after`: the newest ones. */
export const PollEventsQuerySchema = z.strictObject({
  after: EventIdSchema.optional(),
  events: listOf(EventNameSchema, EventNameSchema.options.length).optional(),
  incident: IncidentIdSchema.optional(),
  limit: wholeNumber(1, 200).default(50),
});
/**
 * Oldest first. Events of the two seconds before `after` come again, because they can arrive in another order than they
 * are stored: know them by their ids. `gap`: `after` is older than what is kept, so read the incidents anew.
 */
export const EventPageSchema = z.object({
  events: z.array(LiveEventSchema),
  lastEventId: EventIdSchema.nullable(),
  gap: z.boolean(),
});

/** For the WebSocket: connect to `url` with the ticket within a minute, and once. */
export const LiveTicketSchema = z.object({ url: z.url(), ticket: z.string(), expiresAt: z.iso.datetime() });

/** What a client sends over the WebSocket. `subscribe` again changes the filter; `after` resumes behind an event. */
export const LiveRequestSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('subscribe'),
    filter: LiveFilterSchema.default({}),
    after: EventIdSchema.optional(),
  }),
  z.strictObject({ action: z.literal('ping') }),
]);
export type LiveRequest = z.output<typeof LiveRequestSchema>;

/** What the WebSocket sends. The rules of {@link EventPageSchema} on repetition and gaps hold for a resumed stream. */
export const LiveMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('subscribed'), resumed: z.int(), gap: z.boolean() }),
  LiveEventSchema.extend({ type: z.literal('event') }),
  z.object({ type: z.literal('pong') }),
  z.object({ type: z.literal('problem'), detail: z.string() }),
]);
export type LiveMessage = z.output<typeof LiveMessageSchema>;

export const eventRoutes = {
  acceptEvent: {
    method: 'POST',
    path: '/events',
    role: 'operator',
    tag: 'events',
    summary: 'Report an event of external automation, in the unified schema',
    body: ExternalEventSchema,
    status: 202,
    response: EventReceiptSchema,
  },
  pollEvents: {
    method: 'GET',
    path: '/events',
    role: 'viewer',
    tag: 'events',
    summary: 'Read what happened lately; for clients without a WebSocket',
    query: PollEventsQuerySchema,
    status: 200,
    response: EventPageSchema,
  },
  openLiveUpdates: {
    method: 'POST',
    path: '/live/tickets',
    role: 'viewer',
    tag: 'events',
    summary: 'Get a ticket for the WebSocket of live updates',
    status: 201,
    response: LiveTicketSchema,
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;
