import Box from '@cloudscape-design/components/box';
import Header from '@cloudscape-design/components/header';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { useRead } from '../../api/api.tsx';
import { Heartbeat } from '../../parts/heartbeat.tsx';
import { Page } from '../../parts/page.tsx';
import { RouteLink } from '../../parts/route-link.tsx';
import { Ago } from '../../parts/time.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';

type Agent = AnswerOf<'listAgents'>['agents'][number];

const COLUMNS: readonly TableProps.ColumnDefinition<Agent>[] = [
  {
    id: 'name',
    header: 'Agent',
    isRowHeader: true,
    minWidth: 200,
    cell: ({ name, agentId }) => (
      <>
        <Box fontWeight="bold">{name ?? 'unnamed'}</Box>
        <span className="k-mono k-quiet">{agentId}</span>
      </>
    ),
  },
  { id: 'state', header: 'State', minWidth: 130, cell: ({ state }) => state.toLowerCase().replaceAll('_', ' ') },
  {
    id: 'heartbeat',
    header: 'Heartbeat',
    minWidth: 110,
    cell: (agent) => <Heartbeat agent={agent} />,
  },
  {
    id: 'decision',
    header: 'Last decision',
    minWidth: 180,
    cell: ({ lastDecision }) =>
      lastDecision === null ? (
        '-'
      ) : lastDecision.incidentId === null ? (
        lastDecision.action
      ) : (
        <>
          <RouteLink href={`/incidents/${lastDecision.incidentId}`}>{lastDecision.action}</RouteLink>,{' '}
          <Ago iso={lastDecision.at} />
        </>
      ),
  },
  {
    id: 'success',
    header: 'Success, 30 days',
    minWidth: 170,
    cell: ({ statistics }) =>
      statistics === null || statistics.successRatePercent === null
        ? '-'
        : `${Math.round(statistics.successRatePercent)} % of ${statistics.recovered + statistics.escalated}`,
  },
  {
    id: 'ratings',
    header: 'People say',
    minWidth: 200,
    cell: ({ statistics }) => (statistics === null ? '-' : ratingWords(statistics.ratings)),
  },
];

const ratingWords = (ratings: NonNullable<Agent['statistics']>['ratings']): string =>
  [
    [ratings.helpful, 'helpful'],
    [ratings.tooSlow, 'too slow'],
    [ratings.wrong, 'wrong'],
    [ratings.notResolved, 'not resolved'],
  ]
    .flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]))
    .join(', ') || 'nothing yet';

export const Agents = () => {
  const read = useRead('listAgents', {}, { everyMs: 5_000 });
  return (
    <Page title="Agents" description="Who does the work, what each does now, and how well it went.">
      <Loaded read={read} what="the agents">
        {({ agents }) => (
          <Table
            variant="container"
            trackBy="agentId"
            items={agents}
            columnDefinitions={COLUMNS}
            wrapLines
            ariaLabels={{ tableLabel: 'Agents' }}
            header={
              <Header variant="h2" counter={`(${agents.length})`}>
                Agents
              </Header>
            }
            empty={
              <Nothing title="No agent has reported yet">
                The first heartbeat comes within five minutes of the deployment.
              </Nothing>
            }
          />
        )}
      </Loaded>
    </Page>
  );
};
