import type * as z from 'zod';
import { agentRoutes } from './agents.ts';
import { controlRoutes } from './control.ts';
import { eventRoutes } from './events.ts';
import { incidentRoutes } from './incidents.ts';
import { learningRoutes } from './learning.ts';
import { linkRoutes } from './links.ts';
import { metricsRoutes } from './metrics.ts';
import type { RouteSpec, Tag } from './route.ts';
import { taskRoutes } from './tasks.ts';
import { workloadRoutes } from './workloads.ts';

/** Every route, by its operation: what the gateway offers, the functions answer, the document says and clients call. */
export const ROUTES = {
  ...incidentRoutes,
  ...workloadRoutes,
  ...agentRoutes,
  ...learningRoutes,
  ...controlRoutes,
  ...metricsRoutes,
  ...eventRoutes,
  ...taskRoutes,
  ...linkRoutes,
} as const satisfies Readonly<Record<string, RouteSpec>>;

type Routes = typeof ROUTES;
export type OperationId = keyof Routes;
/** Operations for programs; the rest are pages. */
export type ServedOperation = {
  [K in OperationId]: Routes[K] extends { readonly page: true } ? never : K;
}[OperationId];
/** Operations that a person opens in a browser. */
export type PageOperation = {
  [K in OperationId]: Routes[K] extends { readonly page: true } ? K : never;
}[OperationId];
/** What converses: a function of its own, because it reads everything and asks for tasks. */
export type ChatOperation = 'chat';
type Read = { [K in ServedOperation]: Routes[K]['method'] extends 'GET' ? K : never }[ServedOperation];
/** What was learned and what may be done: a function of their own, which has versions and policies at hand. */
export type LearningOperation = {
  [K in ServedOperation]: Routes[K]['tag'] extends 'learning' | 'policies' ? K : never;
}[ServedOperation];
/** Reading routes that compute: a function of their own, so that the others stay light. */
export type InsightOperation = {
  [K in Read]: Routes[K]['tag'] extends 'metrics' ? K : never;
}[Read];
export type ReadOperation = Exclude<Read, InsightOperation | LearningOperation>;
/** Stops everything: a function of its own, which needs nothing that the others need. */
export type StopOperation = 'stopEverything';
export type WriteOperation = Exclude<ServedOperation, Read | LearningOperation | ChatOperation | StopOperation>;

const LEARNING: ReadonlySet<Tag> = new Set(['learning', 'policies'] as const);

/** Which of the API's functions answers a route. */
export const servedBy = ({
  method,
  tag,
  path,
  page,
}: RouteSpec): 'read' | 'insight' | 'learning' | 'write' | 'page' | 'chat' | 'stop' => {
  if (page === true) return 'page';
  if (path === taskRoutes.chat.path) return 'chat';
  if (path === controlRoutes.stopEverything.path) return 'stop';
  if (LEARNING.has(tag)) return 'learning';
  if (method !== 'GET') return 'write';
  return tag === 'metrics' ? 'insight' : 'read';
};

type Part<K extends OperationId, Name extends string> =
  Routes[K] extends Readonly<Record<Name, infer S extends z.ZodType>> ? S : never;
type Parts<K extends OperationId, Side extends 'input' | 'output'> = {
  readonly [Name in 'params' | 'query' | 'body' as Part<K, Name> extends never ? never : Name]: Side extends 'input'
    ? z.input<Part<K, Name>>
    : z.output<Part<K, Name>>;
};
/** What a caller gives. */
export type RequestInput<K extends OperationId> = Parts<K, 'input'>;
/** What a handler gets: parsed, with defaults filled in. */
export type RequestOf<K extends OperationId> = Parts<K, 'output'>;
/** What a handler answers, before it is JSON. */
export type ResponseOf<K extends OperationId> = z.input<Routes[K]['response']>;
/** What a client gets. */
export type AnswerOf<K extends OperationId> = z.output<Routes[K]['response']>;

/** Operations with their routes, pages too. */
export const SERVED = Object.entries(ROUTES) as readonly (readonly [OperationId, RouteSpec])[];
