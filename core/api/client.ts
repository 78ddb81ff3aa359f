import type { Problem, RouteSpec } from '../contracts/api/route.ts';
import { ProblemSchema } from '../contracts/api/route.ts';
import type { AnswerOf, RequestInput, ServedOperation } from '../contracts/api/routes.ts';
import { ROUTES } from '../contracts/api/routes.ts';
import { parseJson } from '../shared/parse-json.ts';

export interface HttpRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}
export interface HttpAnswer {
  readonly status: number;
  readonly text: string;
  /** By lower-case name; null where there is none. */
  readonly header: (name: string) => string | null;
}
/** Sends a request: `fetch` in a browser or in Node, something else in a test. */
export type Send = (request: HttpRequest) => Promise<HttpAnswer>;

export interface ApiClientOptions {
  /** Address of the API without a slash at the end. */
  readonly baseUrl: string;
  readonly send: Send;
  /** The caller's token, asked for with every request because tokens expire; null: without. */
  readonly token: () => Promise<string | null>;
}

export interface CallOptions {
  /** A repeated request with the same key is answered and not done again. */
  readonly idempotencyKey?: string;
  /** ETag of what is to be changed. */
  readonly ifMatch?: string;
  /** ETag of an earlier answer. */
  readonly ifNoneMatch?: string;
}

/** `value` is null when nothing has changed since `ifNoneMatch`. */
export interface Answer<T> {
  readonly value: T;
  readonly etag: string | null;
}

/** The API said no; `problem` tells why, and which fields are wrong. */
export class ApiProblemError extends Error {
  override readonly name = 'ApiProblemError';
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.problem = problem;
  }
}

export interface ApiClient {
  /** @throws ApiProblemError when the answer is a problem, or not what the contract says */
  call<K extends ServedOperation>(
    operation: K,
    request: RequestInput<K>,
    options?: CallOptions,
  ): Promise<Answer<AnswerOf<K>>>;
  /** The same for a reader who has an earlier answer: null when it is still the newest. */
  refresh<K extends ServedOperation>(
    operation: K,
    request: RequestInput<K>,
    etag: string,
  ): Promise<Answer<AnswerOf<K>> | null>;
}

/** A client of every route, typed by the route table: what it sends and gets is what the API parses and answers. */
export const apiClient = ({ baseUrl, send, token }: ApiClientOptions): ApiClient => {
  const answerOf = async <K extends ServedOperation>(
    operation: K,
    request: RequestInput<K>,
    options: CallOptions,
  ): Promise<Answer<AnswerOf<K>> | null> => {
    const route: RouteSpec = ROUTES[operation];
    const answer = await send(requestOf(baseUrl, route, request, options, await token()));
    if (answer.status === 304) return null;
    const content = parseJson(answer.text);
    if (answer.status !== route.status) throw new ApiProblemError(problemOf(answer.status, content));
    const parsed = route.response.safeParse(content);
    if (!parsed.success) {
      throw new ApiProblemError(
        problemOf(answer.status, { detail: `the answer to ${operation} is of another version` }),
      );
    }
    return { value: parsed.data as AnswerOf<K>, etag: answer.header('etag') };
  };
  return {
    call: async (operation, request, options = {}) => {
      const answer = await answerOf(operation, request, options);
      if (answer === null) throw new ApiProblemError(problemOf(304, { detail: 'nothing has changed; use refresh' }));
      return answer;
    },
    refresh: (operation, request, etag) => answerOf(operation, request, { ifNoneMatch: etag }),
  };
};

type Given = Readonly<Record<string, unknown>>;

/** A request's path and query; also what tells one question from another. */
export const addressOf = (route: RouteSpec, request: object): string => {
  const { params = {}, query = {} } = request as { params?: Given; query?: Given };
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String(params[name])));
  const search = Object.entries(query)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`)
    .join('&');
  return `${path}${search === '' ? '' : `?${search}`}`;
};

const requestOf = (
  baseUrl: string,
  route: RouteSpec,
  request: object,
  options: CallOptions,
  token: string | null,
): HttpRequest => {
  const { body } = request as { body?: unknown };
  return {
    method: route.method,
    url: `${baseUrl}${addressOf(route, request)}`,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(options.idempotencyKey === undefined ? {} : { 'idempotency-key': options.idempotencyKey }),
      ...(options.ifMatch === undefined ? {} : { 'if-match': options.ifMatch }),
      ...(options.ifNoneMatch === undefined ? {} : { 'if-none-match': options.ifNoneMatch }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
};

/** Gateways answer with a message of their own; whoever reads it gets a problem all the same. */
const problemOf = (status: number, content: unknown): Problem => {
  const parsed = ProblemSchema.safeParse(content);
  if (parsed.success) return parsed.data;
  const { detail, message } = (content ?? {}) as { readonly detail?: unknown; readonly message?: unknown };
  const text = [detail, message].find((one) => typeof one === 'string') ?? `the API answered ${status}`;
  return { type: 'about:blank', title: `Answer ${status}`, status, detail: text };
};
