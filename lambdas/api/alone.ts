import type { RouteSpec } from '../../core/contracts/api/route.ts';
import type { ServedOperation } from '../../core/contracts/api/routes.ts';
import { logger } from '../shared/telemetry.ts';
import { answerRoute } from './answer.ts';
import type { GateDeps, Handlers } from './gate.ts';
import type { HttpEvent, HttpResponse } from './http.ts';
import { HttpProblem, problemResponse } from './http.ts';

/** Answers the one route of a function: without a router, and without the contracts of all others in its bundle. */
export const respondAlone =
  <K extends ServedOperation>(operation: K, route: RouteSpec, handle: Handlers<K>[K], deps: GateDeps) =>
  async (event: HttpEvent): Promise<HttpResponse> => {
    const response = await guarded(() => answerRoute(operation, route, handle, event, deps));
    logger.info('request answered', { route: event.routeKey, status: response.statusCode });
    return response;
  };

/** The same for a few routes, by the route key of the gateway, which has matched the path and decoded its parameters. */
export const respondAmong = <K extends ServedOperation>(
  routes: Readonly<Record<K, RouteSpec>>,
  handlers: Handlers<K>,
  deps: GateDeps,
): ((event: HttpEvent) => Promise<HttpResponse>) => {
  const operations = Object.keys(routes) as K[];
  const byKey = new Map(
    operations.map((operation) => {
      const { method, path } = routes[operation];
      return [`${method} ${path}`, respondAlone(operation, routes[operation], handlers[operation], deps)];
    }),
  );
  return async (event) =>
    (await byKey.get(event.routeKey)?.(event)) ??
    problemResponse(new HttpProblem(404, `there is no ${event.routeKey} here`));
};

/** Whatever goes wrong is a problem that a client can read. */
export const guarded = async (respond: () => Promise<HttpResponse>): Promise<HttpResponse> => {
  try {
    return await respond();
  } catch (error) {
    if (error instanceof HttpProblem) return problemResponse(error);
    logger.error('request failed', { error: error as Error });
    return problemResponse(
      new HttpProblem(503, 'a dependency failed; the request can be repeated', { headers: { 'retry-after': '1' } }),
    );
  }
};
