import * as z from 'zod';
import { PROBLEMS } from '../../core/api/problems.ts';
import type { ProblemStatus } from '../../core/api/problems.ts';
import type { Problem } from '../../core/contracts/api/route.ts';
import { parseJson } from '../../core/shared/parse-json.ts';

const texts = z.record(z.string(), z.string());

/** What API Gateway's HTTP API (payload 2.0) sends, as far as it is used. */
export const HttpEventSchema = z.object({
  routeKey: z.string(),
  rawQueryString: z.string().default(''),
  headers: texts.nullish(),
  pathParameters: texts.nullish(),
  body: z.string().nullish(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.looseObject({
    http: z.looseObject({ method: z.string(), path: z.string(), sourceIp: z.string().default('unknown') }),
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

/** An error that a client can act on; see RFC 9457. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly problem: Problem;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: ProblemStatus | 405,
    detail: string,
    { errors, headers = {} }: { errors?: Problem['errors']; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(detail);
    const title = status === 405 ? 'This path has other methods' : (PROBLEMS[status].split(/[;,]/)[0] ?? '');
    this.problem = { type: 'about:blank', title, status, detail, ...(errors === undefined ? {} : { errors }) };
    this.headers = headers;
  }
}

export const problemResponse = ({ problem, headers }: HttpProblem): HttpResponse => ({
  statusCode: problem.status,
  headers: { 'content-type': 'application/problem+json', 'cache-control': 'no-store', ...headers },
  body: JSON.stringify(problem),
});

/** A header by its lower-case name; gateways write names in either way. */
export const headerOf = (event: HttpEvent, name: string): string | undefined =>
  Object.entries(event.headers ?? {}).find(([key]) => key.toLowerCase() === name)?.[1];

/** The query, decoded; a repeated parameter is joined with commas, as gateways do. */
export const queryOf = (event: HttpEvent): Readonly<Record<string, string>> => {
  const query = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(event.rawQueryString)) {
    const before = query.get(name);
    query.set(name, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(query);
};

/**
 * Parses one part of a request.
 *
 * @throws HttpProblem 400 that names every field, what is wrong with it and what is allowed
 */
export const parsePart = <T extends z.ZodType>(schema: T, value: unknown, part: string): z.output<T> => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const errors = parsed.error.issues.map(({ path, message }) => ({ field: [part, ...path].join('.'), message }));
  throw new HttpProblem(400, errors.map((e) => `${e.field}: ${e.message}`).join('; '), { errors });
};

/** Enough for the longest body that the contract allows, in any script. */
const MOST_BYTES = 256 * 1024;

/** @throws HttpProblem 413 when the body is too large, 415 when it is not said to be JSON, 400 when it is not */
export const bodyOf = (event: HttpEvent): unknown => {
  const body = parseJson(textOf(event, 'application/json'));
  if (body === undefined) {
    throw new HttpProblem(400, 'body: must be JSON', { errors: [{ field: 'body', message: 'must be JSON' }] });
  }
  return body;
};

/**
 * The fields of a form that somebody has filled in.
 *
 * @throws HttpProblem 413 when the body is too large, 415 when it is not said to be a form, 400 when a field comes twice
 */
export const formOf = (event: HttpEvent): Readonly<Record<string, string>> => {
  const fields = new Map<string, string>();
  for (const [name, value] of new URLSearchParams(textOf(event, 'application/x-www-form-urlencoded'))) {
    if (fields.has(name)) throw new HttpProblem(400, `form.${name}: must be there once`);
    if (value !== '') fields.set(name, value);
  }
  return Object.fromEntries(fields);
};

const textOf = (event: HttpEvent, wanted: string): string => {
  const encoded = event.body ?? '';
  if (encoded.length > MOST_BYTES) {
    throw new HttpProblem(413, `body: has ${encoded.length} bytes, ${MOST_BYTES} are allowed`);
  }
  const type = (headerOf(event, 'content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase();
  if (type !== wanted) throw new HttpProblem(415, `header content-type: must be ${wanted}, got '${type}'`);
  return event.isBase64Encoded ? Buffer.from(encoded, 'base64').toString('utf8') : encoded;
};
