import Header from '@cloudscape-design/components/header';
import Select from '@cloudscape-design/components/select';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useSearchParams } from 'react-router-dom';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { WorkloadIdSchema } from '../../../../core/contracts/workload.ts';
import { useRead } from '../../api/api.tsx';
import { Page } from '../../parts/page.tsx';
import { DeploymentStatusBadge } from '../../parts/status.tsx';
import { Instant } from '../../parts/time.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';

type Deployment = AnswerOf<'listDeployments'>['deployments'][number];

const COLUMNS: readonly TableProps.ColumnDefinition<Deployment>[] = [
  { id: 'at', header: 'When', minWidth: 150, cell: ({ at }) => <Instant iso={at} /> },
  { id: 'status', header: 'Status', minWidth: 140, cell: ({ status }) => <DeploymentStatusBadge status={status} /> },
  { id: 'summary', header: 'What', isRowHeader: true, minWidth: 260, cell: ({ summary }) => summary },
  {
    id: 'id',
    header: 'Deployment',
    minWidth: 200,
    cell: ({ deploymentId }) => <span className="k-mono">{deploymentId}</span>,
  },
];

/** Recorded changes of a workload; which one is in the address. */
export const Deployments = () => {
  const workloads = useRead('listWorkloads', {}, { everyMs: 60_000 });
  const [params, setParams] = useSearchParams();
  const options = (workloads.data?.workloads ?? []).map(({ workload: { workloadId } }) => ({
    value: workloadId,
    label: workloadId,
  }));
  const chosen = options.find(({ value }) => value === params.get('workload')) ?? options[0];
  return (
    <Page
      title="Deployments"
      description="What was changed on a workload, as its own service reported it."
      actions={
        <Select
          options={options}
          selectedOption={chosen ?? null}
          placeholder="Workload"
          ariaLabel="Workload"
          onChange={({ detail }) => setParams({ workload: detail.selectedOption.value ?? '' }, { replace: true })}
        />
      }
    >
      <Loaded read={workloads} what="the workloads">
        {() =>
          chosen === undefined ? (
            <Nothing title="No workload is watched">There is nothing to deploy to.</Nothing>
          ) : (
            <OfWorkload id={chosen.value} />
          )
        }
      </Loaded>
    </Page>
  );
};

const OfWorkload = ({ id }: { readonly id: string }) => {
  const read = useRead(
    'listDeployments',
    { params: { id: WorkloadIdSchema.parse(id) }, query: { limit: 50 } },
    { everyMs: 5_000 },
  );
  return (
    <Loaded read={read} what="deployments">
      {({ deployments }) => (
        <Table
          variant="container"
          wrapLines
          items={deployments}
          trackBy={({ deploymentId, at }) => `${deploymentId}${at}`}
          columnDefinitions={COLUMNS}
          ariaLabels={{ tableLabel: `Deployments of ${id}` }}
          header={
            <Header variant="h2" counter={`(${deployments.length})`}>
              {id}
            </Header>
          }
          empty={<Nothing title="No deployment is recorded">The next one will be, with its status and time.</Nothing>}
        />
      )}
    </Loaded>
  );
};
