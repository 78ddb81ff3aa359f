import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { useRead } from '../../api/api.tsx';
import { Page } from '../../parts/page.tsx';
import { RouteLink } from '../../parts/route-link.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';
import { Graph } from './graph.tsx';
import { CONDITIONS } from './conditions.ts';

export type Topo = AnswerOf<'showTopology'>;

/** What can be healed, who calls whom, and where an open incident has its root. */
export const Topology = () => {
  const read = useRead('showTopology', {}, { everyMs: 5_000 });
  return (
    <Page
      title="Topology"
      description="Who calls whom. A workload with an open incident is where Kintsugi sees the root cause."
    >
      <Loaded read={read} what="the topology">
        {(topology) =>
          topology.nodes.length === 0 ? (
            <Nothing title="No workload is watched">
              Watch one in your CDK app: SelfHealing.attach(this, 'Healing', ...).watch(service)
            </Nothing>
          ) : (
            <SpaceBetween size="l">
              <Container header={<Header variant="h2">Graph</Header>}>
                <Graph topology={topology} />
              </Container>
              <Nodes topology={topology} />
            </SpaceBetween>
          )
        }
      </Loaded>
    </Page>
  );
};

/** A dependency by its name, and how it is known where its owner did not declare it. */
const named = ({ to, declared, seen }: Topo['edges'][number]): string =>
  declared
    ? to
    : `${to} (seen, ${seen.map(({ requestsPerMinute }) => `${Math.round(requestsPerMinute)}/min`).join(', ')})`;

const Nodes = ({ topology: { nodes, edges } }: { readonly topology: Topo }) => (
  <Table
    variant="container"
    wrapLines
    trackBy="workloadId"
    items={nodes}
    ariaLabels={{ tableLabel: 'Workloads' }}
    header={
      <Header variant="h2" counter={`(${nodes.length})`}>
        Workloads
      </Header>
    }
    columnDefinitions={[
      { id: 'id', header: 'Workload', isRowHeader: true, minWidth: 120, cell: ({ workloadId }) => workloadId },
      {
        id: 'condition',
        header: 'Condition',
        minWidth: 170,
        cell: ({ condition }) => (
          <StatusIndicator type={CONDITIONS[condition].type}>{CONDITIONS[condition].words}</StatusIndicator>
        ),
      },
      {
        id: 'incident',
        header: 'Open incident',
        minWidth: 130,
        cell: ({ workloadId, openIncidentId }) =>
          openIncidentId === null ? (
            '-'
          ) : (
            <RouteLink href={`/incidents/${openIncidentId}`} ariaLabel={`Show the open incident of ${workloadId}`}>
              Show
            </RouteLink>
          ),
      },
      {
        id: 'depends',
        header: 'Depends on',
        minWidth: 150,
        cell: ({ workloadId }) =>
          edges.flatMap((edge) => (edge.from === workloadId ? [named(edge)] : [])).join(', ') || '-',
      },
      { id: 'kind', header: 'Kind', minWidth: 120, cell: ({ kind }) => kind },
      { id: 'owner', header: 'Owner', minWidth: 110, cell: ({ owner }) => owner },
      { id: 'criticality', header: 'Criticality', minWidth: 100, cell: ({ criticality }) => `${criticality} of 3` },
    ]}
  />
);
