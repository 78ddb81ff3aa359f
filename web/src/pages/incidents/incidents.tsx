import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useMemo, useState } from 'react';
import type { Incident } from '../../../../core/contracts/incident.ts';
import { Page } from '../../parts/page.tsx';
import { RouteLink } from '../../parts/route-link.tsx';
import { IncidentStatusBadge } from '../../parts/status.tsx';
import { Instant, spanText } from '../../parts/time.tsx';
import { Nothing, Trouble } from '../../parts/trouble.tsx';
import { FilterBar } from './filter-bar.tsx';
import { queryOf, useFilters } from './filters.ts';
import { useIncidentList } from './use-incident-list.ts';

/** Rows that are drawn at a time: however many incidents there are, a page costs the same. */
const ROWS = 25;

const COLUMNS: readonly TableProps.ColumnDefinition<Incident>[] = [
  {
    id: 'workload',
    header: 'Incident',
    isRowHeader: true,
    minWidth: 150,
    cell: ({ incidentId, workloadId }) => (
      <RouteLink href={`/incidents/${incidentId}`} ariaLabel={`${workloadId}, incident ${incidentId}`}>
        {workloadId}
      </RouteLink>
    ),
  },
  { id: 'status', header: 'Status', minWidth: 170, cell: ({ status }) => <IncidentStatusBadge status={status} /> },
  { id: 'openedAt', header: 'Opened', minWidth: 130, cell: ({ openedAt }) => <Instant iso={openedAt} /> },
  {
    id: 'took',
    header: 'Took',
    minWidth: 100,
    cell: ({ openedAt, closedAt }) => (closedAt === null ? '-' : spanText(Date.parse(closedAt) - Date.parse(openedAt))),
  },
  { id: 'action', header: 'Last action', minWidth: 110, cell: ({ lastAction }) => lastAction ?? '-' },
  { id: 'attempts', header: 'Attempts', minWidth: 90, cell: ({ attempts }) => attempts },
  { id: 'severity', header: 'Severity', minWidth: 90, cell: ({ severity }) => Math.round(severity) },
  { id: 'summary', header: 'Summary', minWidth: 280, cell: ({ summary }) => summary },
];

export const Incidents = () => {
  const [filters, change] = useFilters();
  const query = useMemo(() => queryOf(filters, Date.now()), [filters]);
  const list = useIncidentList(query);
  const [page, setPage] = useState({ key: query, index: 1 });
  const index = page.key === query ? page.index : 1;
  const loadedPages = Math.max(1, Math.ceil(list.incidents.length / ROWS));
  const rows = useMemo(() => list.incidents.slice((index - 1) * ROWS, index * ROWS), [list.incidents, index]);
  const isFiltered =
    filters.status.length > 0 || filters.workload !== null || filters.text !== '' || filters.period !== 'any';

  const goTo = async (wanted: number): Promise<void> => {
    if (wanted > loadedPages) await list.loadMore();
    setPage({ key: query, index: wanted });
  };
  return (
    <Page title="Incidents" description="What broke, what was done about it, and how it ended.">
      {list.read.error === undefined ? null : <Trouble error={list.read.error} onRetry={list.read.reload} />}
      <Table
        variant="container"
        trackBy="incidentId"
        items={rows}
        columnDefinitions={COLUMNS}
        stickyColumns={{ first: 1 }}
        loading={
          (list.read.data === undefined && list.read.error === undefined) || (rows.length === 0 && list.isLoadingMore)
        }
        loadingText="Loading incidents"
        ariaLabels={{ tableLabel: 'Incidents' }}
        header={
          <Header counter={`(${list.incidents.length}${list.hasMore ? '+' : ''})`} variant="h2">
            {isFiltered ? 'Matching incidents' : 'All incidents'}
          </Header>
        }
        filter={<FilterBar filters={filters} onChange={change} />}
        pagination={
          <Pagination
            currentPageIndex={index}
            pagesCount={loadedPages}
            openEnd={list.hasMore}
            disabled={list.isLoadingMore}
            onChange={({ detail }) => void goTo(detail.currentPageIndex)}
            ariaLabels={{
              nextPageLabel: 'Next page',
              previousPageLabel: 'Previous page',
              paginationLabel: 'Pages of incidents',
            }}
          />
        }
        empty={
          isFiltered ? (
            <Nothing title="No incident matches">
              <Button onClick={() => change({ status: [], workload: null, period: 'any', text: '' })}>
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
    </Page>
  );
};
