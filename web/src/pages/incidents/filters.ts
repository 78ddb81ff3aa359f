import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import type { RequestInput } from '../../../../core/contracts/api/routes.ts';
import type { IncidentStatus } from '../../../../core/contracts/incident.ts';
import { IncidentStatusSchema } from '../../../../core/contracts/incident.ts';

export type Period = '1h' | '1d' | '7d' | '30d' | 'any';
const PERIOD_MS: Readonly<Record<Exclude<Period, 'any'>, number>> = {
  '1h': 3_600_000,
  '1d': 86_400_000,
  '7d': 7 * 86_400_000,
  '30d': 30 * 86_400_000,
};

/** What the list is narrowed to; it is in the address, so that a link shows the same. */
export interface Filters {
  readonly status: readonly IncidentStatus[];
  readonly workload: string | null;
  readonly period: Period;
  readonly text: string;
}

const isPeriod = (text: string | null): text is Period => text !== null && (text === 'any' || text in PERIOD_MS);
const isStatus = (text: string): text is IncidentStatus => IncidentStatusSchema.safeParse(text).success;

export const useFilters = (): readonly [Filters, (change: Partial<Filters>) => void] => {
  const [params, setParams] = useSearchParams();
  const filters = useMemo((): Filters => {
    const period = params.get('period');
    return {
      status: (params.get('status') ?? '').split(',').filter(isStatus),
      workload: params.get('workload'),
      period: isPeriod(period) ? period : 'any',
      text: params.get('text') ?? '',
    };
  }, [params]);
  const change = useCallback(
    (part: Partial<Filters>): void => {
      const next = { ...filters, ...part };
      const entries = {
        status: next.status.join(','),
        workload: next.workload ?? '',
        period: next.period === 'any' ? '' : next.period,
        text: next.text,
      };
      setParams(
        Object.entries(entries).filter(([, value]) => value !== ''),
        { replace: true },
      );
    },
    [filters, setParams],
  );
  return [filters, change];
};

const MINUTE_MS = 60_000;
export const PAGE_LIMIT = 100;

/** The filters as the API takes them. A period begins at a full minute, so that the address stays the same for a while. */
export const queryOf = (filters: Filters, now: number): NonNullable<RequestInput<'listIncidents'>['query']> => ({
  limit: PAGE_LIMIT,
  ...(filters.status.length === 0 ? {} : { status: [...filters.status] }),
  ...(filters.workload === null ? {} : { workload: filters.workload }),
  ...(filters.text === '' ? {} : { text: filters.text }),
  ...(filters.period === 'any'
    ? {}
    : { since: new Date(Math.floor((now - PERIOD_MS[filters.period]) / MINUTE_MS) * MINUTE_MS).toISOString() }),
});
