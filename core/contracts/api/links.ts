import * as z from 'zod';
import { FeedbackBodySchema } from './incidents.ts';
import type { RouteSpec } from './route.ts';

export const LinkPathSchema = z.object({
  token: z
    .string()
    .max(1_600)
    .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}$/, 'must be the token of a link'),
});

/** What the page of a link sends: who confirms it where that is asked for, and what belongs to the answer. */
export const LinkFormSchema = z.strictObject({
  /** Of a link to one person: the address that it was sent to. */
  who: z.string().max(320).optional(),
  /** Of an answer. */
  reason: z.string().max(500).optional(),
  /** Of a rating. */
  resolved: z.enum(['yes', 'no']).optional(),
  rating: FeedbackBodySchema.shape.rating.optional(),
  comment: z.string().max(1_000).optional(),
});
export type LinkForm = z.output<typeof LinkFormSchema>;

const link = {
  path: '/links/{token}',
  role: null,
  tag: 'links',
  params: LinkPathSchema,
  status: 200,
  response: z.string(),
  problems: [404, 409],
  page: true,
} as const;

/** The token is the right to come in: signed, for one thing, for a while, once. */
export const linkRoutes = {
  openLink: {
    ...link,
    method: 'GET',
    summary: 'Show what a link of a message does, and ask whether to do it',
    description: 'Changes nothing, however often it is opened: mail scanners open links.',
  },
  useLink: {
    ...link,
    method: 'POST',
    summary: 'Do what a link of a message says, once',
    description:
      'A link that was used, has expired, was passed on, or whose question is answered does nothing and says so.',
    body: LinkFormSchema,
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;
