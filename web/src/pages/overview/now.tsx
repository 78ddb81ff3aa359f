import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import type { Incident } from '../../../../core/contracts/incident.ts';
import { useRead } from '../../api/api.tsx';
import { RouteLink } from '../../parts/route-link.tsx';
import { IncidentStatusBadge } from '../../parts/status.tsx';
import { Ago } from '../../parts/time.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';
import { useHandedOver } from './use-handed-over.ts';

/** What Kintsugi gave up: its incident is closed, and nobody knows whether the workload is well. */
export const HandedOver = () => {
  const read = useHandedOver();
  if (read.data === undefined || read.data.incidents.length === 0) return null;
  return (
    <Container
      header={
        <Header variant="h2" description="Of the last twelve hours. Kintsugi acts on them no more.">
          Handed to a person
        </Header>
      }
    >
      <Rows label="Handed to a person" incidents={read.data.incidents} />
    </Container>
  );
};

export const OpenIncidents = () => {
  const open = useRead(
    'listIncidents',
    { query: { status: ['open', 'awaiting_approval'], limit: 50 } },
    { everyMs: 5_000 },
  );
  return (
    <Loaded read={open} what="open incidents">
      {({ incidents }) =>
        incidents.length === 0 ? (
          <Nothing title="No open incident">
            <RouteLink href="/incidents">Earlier incidents</RouteLink>
          </Nothing>
        ) : (
          <Rows label="Open incidents" incidents={incidents} />
        )
      }
    </Loaded>
  );
};

const Rows = ({ label, incidents }: { readonly label: string; readonly incidents: readonly Incident[] }) => (
  <ul className="k-open" aria-label={label}>
    {incidents.map(({ incidentId, workloadId, summary, status, openedAt }) => (
      <li key={incidentId}>
        <IncidentStatusBadge status={status} />
        <span>
          <RouteLink href={`/incidents/${incidentId}`}>{workloadId}</RouteLink>: {summary}
        </span>
        <span className="k-quiet">
          <Ago iso={openedAt} />
        </span>
      </li>
    ))}
  </ul>
);
