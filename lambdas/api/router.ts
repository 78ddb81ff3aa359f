import type { Context } from 'aws-lambda';
import { Router } from '@aws-lambda-powertools/event-handler/http';
import type { ServedOperation } from '../../core/contracts/api/routes.ts';
import { ROUTES, SERVED } from '../../core/contracts/api/routes.ts';
import { logger } from '../shared/telemetry.ts';
import { guarded } from './alone.ts';
import type { GateDeps, Handlers } from './gate.ts';
import { answer } from './gate.ts';
import type { HttpEvent, HttpResponse } from './http.ts';
import { HttpProblem, problemResponse } from './http.ts';

/** Answers one request; whatever is wrong with it comes back as problem+json that names the field. */
export type Respond = (event: HttpEvent, context: Context) => Promise<HttpResponse>;

/**
 * A router over the operations of one function.
 *
 * The gateway has matched the path and decoded its parameters, and so its route key is what is routed by: the raw path
 * could be read differently here than there, and a door that two guards read differently is open.
 */
export const respondWith = <K extends ServedOperation>(handlers: Handlers<K>, deps: GateDeps): Respond => {
  const router = new Router({ logger });
  for (const operation of Object.keys(handlers) as K[]) {
    const { method, path } = ROUTES[operation];
    router.route(
      async ({ event }) => toWeb(await guarded(() => answer(operation, handlers[operation], requestIn(event), deps))),
      { method, path: path.replace(/\{(\w+)\}/g, '_$1_') as `/${string}` },
    );
  }
  router.notFound(() => Promise.resolve(new Response(null, { status: 404 })));
  return async (event, context) => {
    const [method = '', path] = event.routeKey.split(' ');
    if (path === undefined) return problemResponse(noSuchRoute(event));
    const response = await router.resolve(routedEvent(event, method, path), context);
    const { statusCode = 500, headers = {}, body = '' } = response;
    logger.info('request answered', { route: event.routeKey, status: statusCode });
    return { statusCode, headers: headers as Record<string, string>, body };
  };
};

/** The event as the router takes it; what was asked for is carried along untouched. */
const routedEvent = (event: HttpEvent, method: string, path: string): object => ({
  version: '2.0',
  routeKey: event.routeKey,
  rawPath: path.replace(/\{(\w+)\}/g, '_$1_'),
  rawQueryString: '',
  headers: {},
  requestContext: { http: { method, path }, domainName: 'kintsugi' },
  isBase64Encoded: false,
  request: event,
});

const requestIn = (event: unknown): HttpEvent => (event as { readonly request: HttpEvent }).request;

const toWeb = ({ statusCode, headers, body }: HttpResponse): Response =>
  new Response(statusCode === 304 ? null : body, { status: statusCode, headers });

/** The gateway's route for everything that is none of ours. */
const noSuchRoute = ({ requestContext: { http } }: HttpEvent): HttpProblem => {
  const parts = http.path.split('/');
  const methods = SERVED.filter(([, { path }]) => isLike(path, parts)).map(([, { method }]) => method);
  if (methods.length === 0) return new HttpProblem(404, `there is no ${http.path}`);
  const allow = methods.join(', ');
  return new HttpProblem(405, `${http.path} has ${allow}, not ${http.method}`, { headers: { allow } });
};

const isLike = (path: string, parts: readonly string[]): boolean => {
  const own = path.split('/');
  return own.length === parts.length && own.every((part, index) => part.startsWith('{') || part === parts[index]);
};
