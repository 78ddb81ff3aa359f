import * as z from 'zod';
import { ProblemSchema, type Method, type Problem } from '../../../core/contracts/api/route.ts';
import type { Session } from './session.ts';

/** The API said no, and says why (RFC 9457). */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

/** The API could not be reached at all. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** The API answered what its contract does not say: dashboard and API are of different versions. */
export class UnexpectedAnswerError extends Error {
  override readonly name = 'UnexpectedAnswerError';
}

export interface Asked {
  readonly method?: Method;
  readonly body?: unknown;
  /** What is already here; an answer 304 then says that it is still so. */
  readonly etag?: string | null;
  /** The version that a change is meant for. */
  readonly ifMatch?: string | null;
}

export interface Answered {
  /** Null: nothing changed since the entity tag that was sent. */
  readonly body: unknown;
  readonly etag: string | null;
}

/** One request to the API. A mutation carries a key, so that a repeated delivery has one effect. */
export type Ask = (path: string, asked?: Asked) => Promise<Answered>;

export const askingFrom =
  (apiUrl: string, session: Session): Ask =>
  async (path, { method = 'GET', body, etag = null, ifMatch = null } = {}) => {
    const headers: Record<string, string> = { authorization: `Bearer ${await session.token()}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    if (method !== 'GET') headers['idempotency-key'] = crypto.randomUUID();
    if (etag !== null) headers['if-none-match'] = etag;
    if (ifMatch !== null) headers['if-match'] = ifMatch;
    const response = await fetch(`${apiUrl}${path}`, {
      method,
      headers,
      cache: 'no-store',
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }).catch((cause: unknown) => {
      throw new UnreachableError('The API does not answer.', { cause });
    });
    if (response.status === 304) return { body: null, etag };
    const text = await response.text();
    if (!response.ok) throw new ApiProblem(problemOf(response.status, text));
    return { body: text === '' ? {} : json(text), etag: response.headers.get('etag') };
  };

const json = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** API Gateway itself answers plain JSON without the fields of a problem. */
const problemOf = (status: number, text: string): Problem => {
  const parsed = ProblemSchema.safeParse(json(text));
  if (parsed.success) return parsed.data;
  const said = z.object({ message: z.string() }).safeParse(json(text));
  const detail = said.success ? said.data.message : `the API answered ${status}`;
  return { type: 'about:blank', title: TITLES[status] ?? 'Request failed', status, detail };
};

const TITLES: Readonly<Record<number, string>> = {
  401: 'Not signed in',
  403: 'Not allowed',
  404: 'Not found',
  429: 'Too many requests',
  503: 'Unavailable',
};

/** @throws UnexpectedAnswerError naming the field that does not fit */
export const parseAnswer = <T extends z.ZodType>(schema: T, body: unknown, path: string): z.output<T> => {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new UnexpectedAnswerError(`${path}: ${z.prettifyError(parsed.error)}`);
};
