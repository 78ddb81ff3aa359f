import { createContext, use, useCallback, useState, useSyncExternalStore } from 'react';
import type { ApiClient } from '../../../core/api/client.ts';
import { addressOf } from '../../../core/api/client.ts';
import type { AnswerOf, ServedOperation, OperationId, RequestInput } from '../../../core/contracts/api/routes.ts';
import { ROUTES } from '../../../core/contracts/api/routes.ts';
import type { SiteConfig } from './config.ts';
import type { LiveState, LiveUpdates } from './live.ts';
import type { Session } from './session.ts';
import type { Known, Load, Store } from './store.ts';

/** All that pages have: the API, and who is signed in. */
export interface Api {
  readonly config: SiteConfig;
  readonly session: Session;
  readonly client: ApiClient;
  readonly store: Store;
  readonly live: LiveUpdates;
}

const ApiContext = createContext<Api | null>(null);
export const ApiProvider = ApiContext;

export const useApi = (): Api => {
  const api = use(ApiContext);
  if (api === null) throw new Error('useApi is for what stands below ApiProvider');
  return api;
};

/** How news come. */
export const useLiveState = (): LiveState => {
  const { live } = useApi();
  return useSyncExternalStore(live.subscribe, () => live.state);
};

export interface ReadOptions {
  /** How often it is asked again while it is shown; infinite: only on news. @default 15 000 */
  readonly everyMs?: number;
  /** While the answer to another query of the same path is on its way, the last one stays in sight. @default false */
  readonly keepsLast?: boolean;
}

export type Read<T> = Known<T> & { readonly reload: () => void };

/** What an operation answers, kept up to date while it is shown; a request of null asks for nothing. */
export const useRead = <K extends OperationId>(
  operation: K,
  request: RequestInput<K> | null,
  { everyMs = 15_000, keepsLast = false }: ReadOptions = {},
): Read<AnswerOf<K>> => {
  const { client, store } = useApi();
  const path = request === null ? null : addressOf(ROUTES[operation], request);
  const subscribe = useCallback(
    (onChange: () => void) => {
      if (path === null || request === null) return () => undefined;
      const load: Load = (etag) =>
        etag === null
          ? client.call(served(operation), request as never)
          : client.refresh(served(operation), request as never, etag);
      return store.read(path, load, everyMs, onChange);
    },
    // The path says all that the request does.
    [client, store, path, operation, everyMs],
  );
  const known = useSyncExternalStore(subscribe, () => store.known<AnswerOf<K>>(path ?? ''));
  const place = path?.split('?')[0];
  const [last, setLast] = useState({ place, data: known.data });
  if (known.data !== undefined && (known.data !== last.data || place !== last.place))
    setLast({ place, data: known.data });
  const reload = useCallback(() => store.refresh(path ?? '/'), [store, path]);
  const shown = keepsLast && known.data === undefined && last.place === place ? { ...known, data: last.data } : known;
  return { ...shown, reload };
};

export interface SendOptions {
  /** Version that is changed, where the operation wants to know. */
  readonly ifMatch?: string | null;
  /** Paths whose readers are told; by default none. */
  readonly touches?: readonly string[];
}

export type SendTo = <K extends OperationId>(
  operation: K,
  request: RequestInput<K>,
  options?: SendOptions,
) => Promise<AnswerOf<K>>;

/** One request, done once however often it is delivered; afterwards what it touched is read again, also when it failed. */
export const useSend = (): SendTo => {
  const { client, store } = useApi();
  return useCallback<SendTo>(
    async (operation, request, { ifMatch = null, touches = [] } = {}) => {
      const key = ROUTES[operation].method === 'GET' ? {} : { idempotencyKey: crypto.randomUUID() };
      try {
        const { value } = await client.call(served(operation), request as never, {
          ...key,
          ...(ifMatch === null ? {} : { ifMatch }),
        });
        return value as AnswerOf<typeof operation>;
      } finally {
        for (const prefix of touches) store.refresh(prefix);
      }
    },
    [client, store],
  );
};

/** Pages of the notifications are routes too; nobody asks for them here. */
const served = (operation: OperationId): ServedOperation => operation as ServedOperation;

/** What the caller may do, and for the rest which role it takes. Until that is known everything is offered: the API decides. */
export const useMay = (): ((operation: OperationId) => { readonly may: boolean; readonly why: string }) => {
  const { data } = useRead('showCaller', {}, { everyMs: 300_000 });
  return (operation) => {
    const may = data === undefined || data.operations.includes(operation);
    const role = ROUTES[operation].role;
    return { may, why: may ? '' : `Needs the role ${role}; you have ${data.roles.join(', ') || 'none'}.` };
  };
};
