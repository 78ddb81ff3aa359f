import type { RequestOf, ResponseOf, ServedOperation } from '../../core/contracts/api/routes.ts';
import { ROUTES } from '../../core/contracts/api/routes.ts';
import type { Clock, Sha256 } from '../../core/shared/ports.ts';
import type { Caller } from './caller.ts';
import { answerRoute } from './answer.ts';
import type { HttpEvent, HttpResponse } from './http.ts';

/** What a handler knows of a request besides its parts. */
export interface RequestContext {
  /** Nobody on a route that is open to strangers. */
  readonly caller: Caller;
  /** ETag that the caller wants to change; only where the route asks for it. */
  readonly ifMatch: string | null;
  readonly etagOf: (value: unknown) => string;
}

export type Handlers<K extends ServedOperation> = {
  readonly [P in K]: (request: RequestOf<P>, context: RequestContext) => Promise<ResponseOf<P>>;
};

/** An answer that was given before, or the place for one. */
export type Begun =
  | { readonly status: 'begun' }
  | { readonly status: 'answered'; readonly requestHash: string; readonly answer: HttpResponse }
  | { readonly status: 'running'; readonly requestHash: string };

export interface Idempotency {
  begin(key: string, requestHash: string): Promise<Begun>;
  finish(key: string, answer: HttpResponse): Promise<void>;
  abandon(key: string): Promise<void>;
}

/** Takes one request from a caller's allowance; else seconds until there is one again. */
export type TakeRequest = (subject: string) => Promise<{ readonly retryAfterSeconds: number | null }>;

/** Whether the policies let these roles do it; null, or why not. */
export type Objection = (caller: Caller, operation: ServedOperation) => Promise<string | null>;

export interface GateDeps {
  readonly clock: Clock;
  readonly sha256: Sha256;
  readonly objection: Objection;
  readonly take: TakeRequest;
  readonly idempotency: Idempotency;
}

export { isNamed } from './answer.ts';

/** {@link answerRoute} for a function that answers several routes. */
export const answer = <K extends ServedOperation>(
  operation: K,
  handle: Handlers<K>[K],
  event: HttpEvent,
  deps: GateDeps,
): Promise<HttpResponse> => answerRoute(operation, ROUTES[operation], handle, event, deps);
