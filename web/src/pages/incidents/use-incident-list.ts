import { useEffect, useMemo, useState } from 'react';
import type { Incident } from '../../../../core/contracts/incident.ts';
import type { Read } from '../../api/api.tsx';
import { useRead, useSend } from '../../api/api.tsx';
import type { queryOf } from './filters.ts';

interface Older {
  readonly key: string;
  readonly incidents: readonly Incident[];
  /** Undefined: the older pages begin where the newest page ends. Null: there are no more. */
  readonly cursor: string | null | undefined;
}

export interface IncidentPages {
  readonly read: Read<unknown>;
  readonly incidents: readonly Incident[];
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly loadMore: () => Promise<void>;
}

/** The newest page is kept up to date; older ones are loaded when somebody wants to see them, and stay as they are. */
export const useIncidentList = (query: ReturnType<typeof queryOf>): IncidentPages => {
  const key = JSON.stringify(query);
  const newest = useRead('listIncidents', { query }, { everyMs: 10_000 });
  const send = useSend();
  const [older, setOlder] = useState<Older>({ key, incidents: [], cursor: undefined });
  const [isLoadingMore, setLoading] = useState(false);
  useEffect(() => {
    setOlder({ key, incidents: [], cursor: undefined });
  }, [key]);

  const own = older.key === key ? older : { key, incidents: [], cursor: undefined };
  const cursor = own.cursor === undefined ? (newest.data?.nextCursor ?? null) : own.cursor;
  const incidents = useMemo(() => {
    const first = newest.data?.incidents ?? [];
    const ids = new Set(first.map(({ incidentId }) => incidentId));
    return [...first, ...own.incidents.filter(({ incidentId }) => !ids.has(incidentId))];
  }, [newest.data, own.incidents]);

  const loadMore = async (): Promise<void> => {
    if (cursor === null || isLoadingMore) return;
    setLoading(true);
    try {
      const page = await send('listIncidents', { query: { ...query, cursor } });
      setOlder({ key, incidents: [...own.incidents, ...page.incidents], cursor: page.nextCursor });
    } finally {
      setLoading(false);
    }
  };
  return { read: newest, incidents, hasMore: cursor !== null, isLoadingMore, loadMore };
};
