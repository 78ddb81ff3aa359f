import type { RouteSpec } from '../../core/contracts/api/route.ts';
import type { ServedOperation } from '../../core/contracts/api/routes.ts';
import { canonicalJson } from '../../core/journal/canonical-json.ts';
import type { Json } from '../../core/journal/canonical-json.ts';
import type { Sha256 } from '../../core/shared/ports.ts';
import type { Caller } from './caller.ts';
import { callerOf } from './caller.ts';
import type { Begun, GateDeps, Handlers, RequestContext } from './gate.ts';
import type { HttpEvent, HttpResponse } from './http.ts';
import { HttpProblem, bodyOf, headerOf, parsePart, queryOf } from './http.ts';

const STRANGER: Caller = { subject: '', name: '', roles: [] };

/** What somebody asks in an emergency is never refused for asking often. */
const URGENT: ReadonlySet<ServedOperation> = new Set<ServedOperation>(['stopEverything', 'answerApproval']);

/**
 * What stands before every handler, in this order: who it is, whether that caller may ask so often, whether the policies
 * allow it, whether the request is well formed, whether it was answered before.
 *
 * @throws HttpProblem
 */
export const answerRoute = async <K extends ServedOperation>(
  operation: K,
  route: RouteSpec,
  handle: Handlers<K>[K],
  event: HttpEvent,
  deps: GateDeps,
): Promise<HttpResponse> => {
  const caller = route.role === null ? STRANGER : callerOf(event, deps.clock);
  if (route.role !== null) await admit(operation, caller, deps);
  const request = {
    ...(route.params === undefined ? {} : { params: parsePart(route.params, event.pathParameters ?? {}, 'path') }),
    ...(route.query === undefined ? noQuery(event) : { query: parsePart(route.query, queryOf(event), 'query') }),
    ...(route.body === undefined ? {} : { body: parsePart(route.body, bodyOf(event), 'body') }),
  };
  const context: RequestContext = {
    caller,
    ifMatch: ifMatchOf(route, event),
    etagOf: (value) => etag(value, deps.sha256),
  };
  const run = async (): Promise<HttpResponse> =>
    success(route, await handle(request as never, context), headerOf(event, 'if-none-match'), deps.sha256);
  // Stopping twice is stopping, and must work while the table of answers does not.
  return route.method === 'GET' || operation === 'stopEverything'
    ? run()
    : once(operation, caller, request, event, run, deps);
};

const admit = async (operation: ServedOperation, caller: Caller, deps: GateDeps): Promise<void> => {
  const [{ retryAfterSeconds }, objection] = await Promise.all([
    deps.take(caller.subject),
    deps.objection(caller, operation),
  ]);
  if (retryAfterSeconds !== null && !URGENT.has(operation)) {
    throw new HttpProblem(429, `${caller.name} asks too often: again in ${retryAfterSeconds} s`, {
      headers: { 'retry-after': String(retryAfterSeconds) },
    });
  }
  if (objection !== null) throw new HttpProblem(403, objection);
};

/** A parameter that nobody reads is a mistake that somebody should hear of. */
const noQuery = (event: HttpEvent): Record<string, never> => {
  const errors = Object.keys(queryOf(event)).map((name) => ({
    field: `query.${name}`,
    message: 'is not a parameter here',
  }));
  if (errors.length > 0)
    throw new HttpProblem(400, errors.map((e) => `${e.field} ${e.message}`).join('; '), { errors });
  return {};
};

const ifMatchOf = (route: RouteSpec, event: HttpEvent): string | null => {
  if (route.ifMatch !== true) return null;
  const given = headerOf(event, 'if-match');
  if (given === undefined) throw new HttpProblem(428, `header if-match: must be the ETag of GET ${route.path}, or *`);
  return given;
};

/** Whether an ETag, or a list of them, names this one; weak ones are the same for us. */
export const isNamed = (given: string, own: string): boolean =>
  given.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === own);

const etag = (value: unknown, sha256: Sha256): string => `"${sha256(JSON.stringify(value)).slice(0, 32)}"`;

const success = (route: RouteSpec, value: unknown, ifNoneMatch: string | undefined, sha256: Sha256): HttpResponse => {
  const body = JSON.stringify(value);
  const own = `"${sha256(body).slice(0, 32)}"`;
  const isRead = route.method === 'GET';
  const headers = { etag: own, 'cache-control': isRead ? 'private, no-cache' : 'no-store' };
  if (isRead && ifNoneMatch !== undefined && isNamed(ifNoneMatch, own)) return { statusCode: 304, headers, body: '' };
  return { statusCode: route.status, headers: { 'content-type': 'application/json', ...headers }, body };
};

const KEY = /^[A-Za-z0-9_-]{8,128}$/;

/** Does a request once per idempotency key: whoever comes again gets the first answer, and whoever means another one hears so. */
const once = async (
  operation: ServedOperation,
  caller: Caller,
  request: object,
  event: HttpEvent,
  run: () => Promise<HttpResponse>,
  { idempotency, sha256 }: GateDeps,
): Promise<HttpResponse> => {
  const given = headerOf(event, 'idempotency-key');
  if (given === undefined) return run();
  if (!KEY.test(given)) {
    const message = 'must be 8 to 128 letters, digits, hyphens or underscores';
    const errors = [{ field: 'header.idempotency-key', message }];
    throw new HttpProblem(400, `header.idempotency-key: ${message}`, { errors });
  }
  const key = `${caller.subject}#${operation}#${given}`;
  const requestHash = sha256(canonicalJson(JSON.parse(JSON.stringify(request)) as Json));
  const begun = await idempotency.begin(key, requestHash);
  if (begun.status !== 'begun') return earlier(begun, requestHash);
  const response = await run().catch(async (error: unknown) => {
    // Nothing was done, or nobody knows: the caller may try again with the same key.
    await idempotency.abandon(key);
    throw error;
  });
  // It is done, and the caller has to hear so: told of an answer that could not be kept, they would have it done again.
  await idempotency.finish(key, response).catch(() => undefined);
  return response;
};

const earlier = (begun: Exclude<Begun, { status: 'begun' }>, requestHash: string): HttpResponse => {
  if (begun.requestHash !== requestHash) {
    throw new HttpProblem(422, 'header.idempotency-key: was used for another request; take a new one');
  }
  if (begun.status === 'running') {
    throw new HttpProblem(409, 'the same request is being answered right now', { headers: { 'retry-after': '1' } });
  }
  return { ...begun.answer, headers: { ...begun.answer.headers, 'idempotency-replayed': 'true' } };
};
