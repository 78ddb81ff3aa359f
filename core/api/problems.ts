import type { RouteSpec } from '../contracts/api/route.ts';

/** Every status of a problem that the API can answer with, and what it means. */
export const PROBLEMS = {
  400: 'Something in the request is wrong; `errors` names each field',
  401: 'There is no token, or it is not valid here or any more',
  403: 'The caller has no role that may do this',
  404: 'There is no such thing',
  409: 'It is not possible as things stand now',
  412: 'It was changed since the given ETag',
  413: 'The body is too large',
  415: 'The body is not of the content type that is taken here',
  422: 'The idempotency key was used for another request',
  428: 'The ETag of what is to be changed is missing',
  429: 'The caller asks too often; `Retry-After` says when to try again',
  503: 'Something behind the API does not answer; the request can be repeated',
} as const;
export type ProblemStatus = keyof typeof PROBLEMS;

/** Statuses of problems that a route can answer with: its own, and those of what stands before it. */
export const problemsOf = (route: RouteSpec): readonly ProblemStatus[] => {
  const caller: readonly ProblemStatus[] = route.role === null ? [429, 503] : [401, 403, 429, 503];
  const request: readonly ProblemStatus[] = route.method === 'GET' ? [400] : [400, 409, 413, 415];
  const key: readonly ProblemStatus[] = route.method === 'GET' || route.page === true ? [] : [422];
  return [...new Set([...caller, ...request, ...key, ...(route.problems ?? [])])].sort((a, b) => a - b);
};
