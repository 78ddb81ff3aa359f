import * as z from 'zod';

/** Groups of people, each of which may do what the ones before it may. Cedar decides; this is what the document says. */
export const RoleSchema = z.enum(['viewer', 'operator', 'approver', 'admin']);
export type Role = z.output<typeof RoleSchema>;

export const MethodSchema = z.enum(['GET', 'POST', 'PUT', 'DELETE']);
export type Method = z.output<typeof MethodSchema>;

/** One route: the only source of its validation, its place in the OpenAPI document, its client and its permission. */
export interface RouteSpec {
  readonly method: Method;
  readonly path: `/${string}`;
  /** The least role that may call it by default; null: strangers too. */
  readonly role: Role | null;
  readonly tag: Tag;
  /** A clause in the imperative, without a full stop. */
  readonly summary: string;
  readonly description?: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  readonly body?: z.ZodType;
  /** Status of a success. */
  readonly status: 200 | 201 | 202;
  readonly response: z.ZodType;
  /** Statuses of problems, besides those that every route can have. */
  readonly problems?: readonly (404 | 409 | 412 | 428)[];
  /** The request must name the version that it changes in `If-Match`. */
  readonly ifMatch?: true;
  /** For a browser: it answers with a page, problems too, and takes a form. */
  readonly page?: true;
}

export const TAGS = {
  incidents: 'What broke, what was done about it and why',
  approvals: 'Questions that wait for a person',
  workloads: 'What can be healed, and how it hangs together',
  agents: 'Who does the work, and how well',
  learning: 'What was learned: actions, models, promotion',
  policies: 'What may be done',
  control: 'Mode and kill switch',
  metrics: 'How well it works, in figures',
  events: 'What happens now, and what others report',
  tasks: 'What a person asks an agent to do',
  links: 'Pages that a signed one-time link of a message opens',
  system: 'The API itself',
} as const;
export type Tag = keyof typeof TAGS;

/** RFC 9457: what went wrong, for a program and for a person; `errors` names each field. */
export const ProblemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
});
export type Problem = z.output<typeof ProblemSchema>;

/** A whole number in a query, where everything is text. */
export const wholeNumber = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value),
    z.int().min(min).max(max),
  );

/** Several values in a query, separated by commas; gateways join repeated parameters in the same way. */
export const listOf = <T extends z.ZodType>(item: T, most: number) =>
  z.preprocess((value) => (typeof value === 'string' ? value.split(',') : value), z.array(item).min(1).max(most));

/** Where the next page begins; means nothing to anybody but the API. */
export const CursorSchema = z
  .string()
  .min(4)
  .max(400)
  .regex(/^[A-Za-z0-9_-]+$/, 'must be the `nextCursor` of the page before');

export const pageQuery = {
  limit: wholeNumber(1, 200).default(25),
  cursor: CursorSchema.optional(),
};

/** Null on the last page. A page may hold fewer items than asked for and still have a next one. */
export const nextCursor = CursorSchema.nullable();

/** A stretch of time: `since` included, `until` not. */
export const periodQuery = {
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
};
