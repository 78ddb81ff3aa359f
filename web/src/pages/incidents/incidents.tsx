import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { memo, useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react';
import type { Incident } from '../../../../core/contracts/incident.ts';
import { useTask } from '../../parts/use-task.ts';
import { Page } from '../../parts/page.tsx';
import { RouteLink } from '../../parts/route-link.tsx';
import { IncidentStatusBadge } from '../../parts/status.tsx';
import { Instant, spanText } from '../../parts/time.tsx';
import { Nothing, Trouble } from '../../parts/trouble.tsx';
import { FilterBar } from './filter-bar.tsx';
import type { Filters } from './filters.ts';
import { queryOf, useFilters } from './filters.ts';
import { useIncidentList } from './use-incident-list.ts';

/** Rows that are drawn at a time: however many incidents there are, a page costs the same. */
const ROWS = 25;

const COLUMNS: readonly TableProps.ColumnDefinition<Incident>[] = [
  {
    id: 'workload',
    header: 'Incident',
    isRowHeader: true,
    minWidth: 110,
    cell: ({ incidentId, workloadId }) => (
      <RouteLink href={`/incidents/${incidentId}`} ariaLabel={`${workloadId}, incident ${incidentId}`}>
        {workloadId}
      </RouteLink>
    ),
  },
  { id: 'status', header: 'Status', minWidth: 190, cell: ({ status }) => <IncidentStatusBadge status={status} /> },
  { id: 'openedAt', header: 'Opened', minWidth: 115, cell: ({ openedAt }) => <Instant iso={openedAt} /> },
  {
    id: 'took',
    header: 'Took',
    minWidth: 105,
    cell: ({ openedAt, closedAt }) => (closedAt === null ? '-' : spanText(Date.parse(closedAt) - Date.parse(openedAt))),
  },
  {
    id: 'action',
    header: 'Last action',
    minWidth: 110,
    cell: ({ lastAction, attempts }) =>
      lastAction === null ? '-' : attempts > 1 ? `${lastAction}, attempt ${attempts}` : lastAction,
  },
  { id: 'severity', header: 'Severity', minWidth: 80, cell: ({ severity }) => Math.round(severity) },
  { id: 'summary', header: 'Summary', minWidth: 240, cell: ({ summary }) => summary },
];

/** All that the table shows. */
interface View {
  readonly filters: Filters;
  readonly rows: readonly Incident[];
  /** From 1. */
  readonly index: number;
  readonly loadedPages: number;
  readonly listed: number;
  readonly hasMore: boolean;
  readonly isLoadingMore: boolean;
  readonly isLoading: boolean;
  /** Whether there is an answer: without one nothing can be said, not even that there is nothing. */
  readonly isKnown: boolean;
}

export const Incidents = () => {
  const [filters, change] = useFilters();
  const query = useMemo(() => queryOf(filters, Date.now()), [filters]);
  const list = useIncidentList(query);
  const [page, setPage] = useState({ key: query, index: 1 });
  const { incidents, hasMore, isLoadingMore, read } = list;
  const loadedPages = Math.max(1, Math.ceil(incidents.length / ROWS));
  const index = page.key === query ? Math.min(page.index, loadedPages) : 1;
  const isKnown = read.data !== undefined;
  const isLoading = !isKnown && read.error === undefined;

  const view = useMemo((): View => {
    const rows = incidents.slice((index - 1) * ROWS, index * ROWS);
    return {
      filters,
      rows,
      index,
      loadedPages,
      listed: incidents.length,
      hasMore,
      isLoadingMore,
      isLoading: isLoading || (rows.length === 0 && isLoadingMore),
      isKnown,
    };
  }, [filters, incidents, index, loadedPages, hasMore, isLoadingMore, isLoading, isKnown]);
  // Two hundred cells take longer to draw than a frame: React draws them in pieces and lets whoever types go first.
  const shown = useDeferredValue(view);

  const goTo = async (wanted: number): Promise<void> => {
    if (wanted > loadedPages) await list.loadMore();
    setPage({ key: query, index: wanted });
  };
  const turning = useTask(goTo);
  const newest = useRef(turning.run);
  useEffect(() => {
    newest.current = turning.run;
  });
  const onPage = useCallback((wanted: number) => void newest.current(wanted), []);
  return (
    <Page title="Incidents" description="What broke, what was done about it, and how it ended.">
      {read.error === undefined ? null : <Trouble error={read.error} onRetry={read.reload} />}
      {turning.error === null ? null : (
        <Trouble error={turning.error} onRetry={() => void turning.run(loadedPages + 1)} />
      )}
      <IncidentTable view={shown} onFilter={change} onPage={onPage} />
    </Page>
  );
};

interface IncidentTableProps {
  readonly view: View;
  readonly onFilter: (change: Partial<Filters>) => void;
  readonly onPage: (index: number) => void;
}

/** Drawn again only for something new to show. */
const IncidentTable = memo(({ view, onFilter, onPage }: IncidentTableProps) => {
  const { filters, rows, hasMore } = view;
  // By their place, so that the next page fills the cells of the last one instead of making others.
  const places = new Map(rows.map((incident, place) => [incident, String(place)]));
  const isFiltered =
    filters.status.length > 0 || filters.workload !== null || filters.text !== '' || filters.period !== 'any';
  return (
    <Table
      variant="container"
      wrapLines
      trackBy={(incident) => places.get(incident) ?? incident.incidentId}
      items={rows}
      columnDefinitions={COLUMNS}
      stickyColumns={{ first: 1 }}
      loading={view.isLoading}
      loadingText="Loading incidents"
      ariaLabels={{ tableLabel: 'Incidents' }}
      header={
        <Header {...(view.isKnown ? { counter: `(${view.listed}${hasMore ? '+' : ''})` } : {})} variant="h2">
          {isFiltered ? 'Matching incidents' : 'All incidents'}
        </Header>
      }
      filter={<FilterBar filters={filters} onChange={onFilter} />}
      pagination={
        <Pagination
          currentPageIndex={view.index}
          pagesCount={view.loadedPages}
          openEnd={hasMore}
          disabled={view.isLoadingMore}
          onChange={({ detail }) => onPage(detail.currentPageIndex)}
          ariaLabels={{
            nextPageLabel: 'Next page',
            previousPageLabel: 'Previous page',
            paginationLabel: 'Pages of incidents',
          }}
        />
      }
      empty={
        !view.isKnown ? null : hasMore ? (
          <Nothing title="None among the newest">
            <Button onClick={() => onPage(view.loadedPages + 1)}>Search further</Button>
          </Nothing>
        ) : isFiltered ? (
          <Nothing title="No incident matches">
            <Button onClick={() => onFilter({ status: [], workload: null, period: 'any', text: '' })}>
              Clear the filters
            </Button>
          </Nothing>
        ) : (
          <Nothing title="Nothing has broken yet">
            On a laptop, break something: npm run kintsugi -- break --list
          </Nothing>
        )
      }
    />
  );
});
