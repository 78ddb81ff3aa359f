import * as z from 'zod';
import type { Problem } from '../../core/contracts/api/route.ts';

/** What API Gateway's HTTP API (payload 2.0) sends, as far as it is used. */
export const HttpEventSchema = z.object({
  routeKey: z.string(),
  pathParameters: z.record(z.string(), z.string()).nullish(),
  queryStringParameters: z.record(z.string(), z.string()).nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.looseObject({
    authorizer: z
      .looseObject({ jwt: z.looseObject({ claims: z.record(z.string(), z.unknown()) }).nullish() })
      .nullish(),
  }),
});
export type HttpEvent = z.output<typeof HttpEventSchema>;

export interface HttpResponse {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export const json = (statusCode: number, body: unknown): HttpResponse => ({
  statusCode,
  headers: { 'content-type': 'application/json', 'cache-control': 'no-store' },
  body: JSON.stringify(body),
});

/** An error that a client can act on; see RFC 9457. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly problem: Problem;

  constructor(status: number, title: string, detail: string, errors?: Problem['errors']) {
    super(detail);
    this.problem = { type: 'about:blank', title, status, detail, ...(errors === undefined ? {} : { errors }) };
  }
}

export const problemResponse = ({ problem }: HttpProblem): HttpResponse => ({
  ...json(problem.status, problem),
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store' },
});

/**
 * Parses one part of a request.
 *
 * @throws HttpProblem 400 that names every field, what is wrong with it and what is allowed
 */
export const parsePart = <T extends z.ZodType>(schema: T, value: unknown, part: string): z.output<T> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ field: [part, ...path].join('.'), message }));
  throw new HttpProblem(400, 'Invalid request', errors.map((e) => `${e.field}: ${e.message}`).join('; '), errors);
};

/** @throws HttpProblem 400 when the body is not JSON */
export const bodyOf = (event: HttpEvent): unknown => {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString('utf8') : (event.body ?? '');
  try {
    return JSON.parse(text);
  } catch {
    throw new HttpProblem(400, 'Invalid request', 'body: must be JSON');
  }
};

/** Who is calling, as the authorizer has verified it. */
export const callerOf = (event: HttpEvent): string => {
  const claims = event.requestContext.authorizer?.jwt?.claims ?? {};
  const name = claims['email'] ?? claims['username'] ?? claims['sub'];
  if (typeof name !== 'string' || name === '') throw new HttpProblem(401, 'Unauthorized', 'the token names no user');
  return name;
};
