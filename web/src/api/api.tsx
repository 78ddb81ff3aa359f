import { createContext, use, useCallback, useSyncExternalStore } from 'react';
import type { AnswerOf, OperationId, RequestInput } from '../../../core/contracts/api/routes.ts';
import { ROUTES } from '../../../core/contracts/api/routes.ts';
import type { RouteSpec } from '../../../core/contracts/api/route.ts';
import type { SiteConfig } from './config.ts';
import type { Ask } from './http.ts';
import { parseAnswer } from './http.ts';
import type { Session } from './session.ts';
import type { Known, Store } from './store.ts';

/** All that pages have: the API, and who is signed in. */
export interface Api {
  readonly config: SiteConfig;
  readonly session: Session;
  readonly ask: Ask;
  readonly store: Store;
}

const ApiContext = createContext<Api | null>(null);
export const ApiProvider = ApiContext;

export const useApi = (): Api => {
  const api = use(ApiContext);
  if (api === null) throw new Error('useApi is for what stands below ApiProvider');
  return api;
};

interface Request {
  readonly params?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

/** `/incidents/{id}` and `{ id }` as an address; lists become values separated by commas, what is undefined is left out. */
export const pathOf = <K extends OperationId>(operation: K, request: RequestInput<K>): string => {
  const { params = {}, query = {} } = request as Request;
  const path = ROUTES[operation].path.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String(params[name])),
  );
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return entries.length === 0
    ? path
    : `${path}?${new URLSearchParams(entries.map(([name, value]) => [name, String(value)])).toString()}`;
};

export interface ReadOptions {
  /** How often it is asked again while it is shown; infinite: only on news. @default 15 000 */
  readonly everyMs?: number;
}

export type Read<T> = Known<T> & { readonly reload: () => void };

/** What an operation answers, kept up to date while it is shown; a request of null asks for nothing. */
export const useRead = <K extends OperationId>(
  operation: K,
  request: RequestInput<K> | null,
  { everyMs = 15_000 }: ReadOptions = {},
): Read<AnswerOf<K>> => {
  const { store } = useApi();
  const path = request === null ? null : pathOf(operation, request);
  const subscribe = useCallback(
    (onChange: () => void) =>
      path === null ? () => undefined : store.read(path, ROUTES[operation].response, everyMs, onChange),
    [store, path, operation, everyMs],
  );
  const known = useSyncExternalStore(subscribe, () => store.known<AnswerOf<K>>(path ?? ''));
  const reload = useCallback(() => store.refresh(path ?? '/'), [store, path]);
  return { ...known, reload };
};

export interface SendOptions {
  /** Version that is changed, where the operation wants to know. */
  readonly ifMatch?: string | null;
  /** Paths whose readers are told; by default none. */
  readonly touches?: readonly string[];
}

export type Send = <K extends OperationId>(
  operation: K,
  request: RequestInput<K>,
  options?: SendOptions,
) => Promise<AnswerOf<K>>;

/** One request; afterwards what it touched is read again, also when it failed. */
export const useSend = (): Send => {
  const { ask, store } = useApi();
  return useCallback<Send>(
    async (operation, request, { ifMatch = null, touches = [] } = {}) => {
      const route: RouteSpec = ROUTES[operation];
      const path = pathOf(operation, request);
      try {
        const { body } = await ask(path, { method: route.method, body: (request as Request).body, ifMatch });
        return parseAnswer(route.response, body, path) as AnswerOf<typeof operation>;
      } finally {
        for (const prefix of touches) store.refresh(prefix);
      }
    },
    [ask, store],
  );
};

/** What the caller may do, and for the rest which role it takes. Until that is known everything is offered: the API decides. */
export const useMay = (): ((operation: OperationId) => { readonly may: boolean; readonly why: string }) => {
  const { data } = useRead('showCaller', {}, { everyMs: 300_000 });
  return (operation) => {
    const may = data === undefined || data.operations.includes(operation);
    const role = ROUTES[operation].role;
    return { may, why: may ? '' : `Needs the role ${role}; you have ${data.roles.join(', ') || 'none'}.` };
  };
};
