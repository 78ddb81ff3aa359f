import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { useApi, useRead } from '../../api/api.tsx';
import { MODE_WORDS } from '../../parts/mode-words.ts';
import { Page } from '../../parts/page.tsx';
import { RouteLink } from '../../parts/route-link.tsx';
import { IncidentStatusBadge } from '../../parts/status.tsx';
import { Ago, spanText } from '../../parts/time.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';
import { HeatMap } from './heat-map.tsx';
import { LearningCurve } from './learning-curve.tsx';

const OPEN = { query: { status: ['open', 'awaiting_approval'] as const, limit: 50 } };

/** Is anything wrong, is it being handled, and does the handling get better? */
export const Overview = () => {
  const { config } = useApi();
  const summary = useRead('summariseMetrics', { query: {} }, { everyMs: 30_000 });
  return (
    <Page title="Overview" description={`Environment ${config.env}, last 30 days.`}>
      <Tiles />
      <Container header={<Header variant="h2">Open incidents</Header>}>
        <OpenIncidents />
      </Container>
      <Container header={<Header variant="h2">How well it heals</Header>}>
        <Loaded read={summary} what="figures">
          {({ all }) => <Figures figures={all} />}
        </Loaded>
      </Container>
      <Container
        header={
          <Header
            variant="h2"
            description="Minutes in which an incident was open, by workload and hour, last two days."
          >
            When what was broken
          </Header>
        }
      >
        <HeatMap />
      </Container>
      <Container
        header={
          <Header
            variant="h2"
            description="Share healed at the first attempt, and cost per incident, over blocks of incidents."
          >
            Learning curve
          </Header>
        }
      >
        <LearningCurve />
      </Container>
    </Page>
  );
};

/** The state of the environment, each tile a link to what explains it. */
const Tiles = () => {
  const mode = useRead('showMode', {});
  const workloads = useRead('listWorkloads', {});
  const agents = useRead('listAgents', {}, { everyMs: 30_000 });
  const all = workloads.data?.workloads ?? [];
  const unwell = all.filter(({ condition }) => condition !== 'well').length;
  const beat = agents.data?.agents
    .flatMap(({ lastHeartbeat }) => lastHeartbeat ?? [])
    .toSorted()
    .at(-1);
  return (
    <ul className="k-tiles" aria-label="State of the environment">
      <Tile title="Healing" href="/settings">
        {mode.data === undefined ? (
          '...'
        ) : (
          <StatusIndicator type={mode.data.mode === 'off' ? 'stopped' : 'success'}>
            {MODE_WORDS[mode.data.mode].name}
          </StatusIndicator>
        )}
      </Tile>
      <Tile title="Workloads" href="/topology">
        {workloads.data === undefined ? (
          '...'
        ) : (
          <StatusIndicator type={unwell === 0 ? 'success' : 'warning'}>
            {unwell === 0 ? `all ${all.length} well` : `${unwell} of ${all.length} broken`}
          </StatusIndicator>
        )}
      </Tile>
      <Tile title="Agents" href="/agents">
        {beat === undefined ? (
          'no heartbeat yet'
        ) : (
          <>
            heartbeat <Ago iso={beat} />
          </>
        )}
      </Tile>
    </ul>
  );
};

const Tile = ({
  title,
  href,
  children,
}: {
  readonly title: string;
  readonly href: string;
  readonly children: React.ReactNode;
}) => (
  <li className="k-tile">
    <RouteLink href={href}>{title}</RouteLink>
    <div className="k-tile-value">{children}</div>
  </li>
);

const OpenIncidents = () => {
  const open = useRead(
    'listIncidents',
    { query: { ...OPEN.query, status: [...OPEN.query.status] } },
    { everyMs: 5_000 },
  );
  return (
    <Loaded read={open} what="open incidents">
      {({ incidents }) =>
        incidents.length === 0 ? (
          <Nothing title="Nothing is broken">
            <RouteLink href="/incidents">Earlier incidents</RouteLink>
          </Nothing>
        ) : (
          <ul className="k-open" aria-label="Open incidents">
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
        )
      }
    </Loaded>
  );
};

type Summary = AnswerOf<'summariseMetrics'>['all'];

const Figures = ({ figures }: { readonly figures: Summary }) => {
  const { timeToRecover, healRatePercent, harmRatePercent, firstAttemptPercent, costPerIncidentMinutes } = figures;
  const shares = (percent: number | null): string => (percent === null ? '-' : `${Number(percent.toFixed(1))} %`);
  const items: readonly (readonly [string, string, string])[] = [
    ['Heal rate', shares(healRatePercent), `${figures.recovered} recovered, ${figures.escalated} handed to people`],
    [
      'Mean time to recover',
      timeToRecover === null ? '-' : spanText(timeToRecover.mean * 1_000),
      timeToRecover === null
        ? 'nothing recovered yet'
        : `median ${spanText(timeToRecover.median * 1_000)}, 90 % within ${spanText(timeToRecover.p90 * 1_000)}`,
    ],
    ['At the first attempt', shares(firstAttemptPercent), 'of all that recovered'],
    ['Made worse', shares(harmRatePercent), 'of all in which something was done'],
    [
      'Cost per incident',
      costPerIncidentMinutes === null ? '-' : `${costPerIncidentMinutes.toFixed(1)} min`,
      'impact-minutes, with the cost of the actions',
    ],
    ['Incidents', String(figures.incidents), `${figures.open} open, ${figures.dismissed} dismissed`],
  ];
  return (
    <dl className="k-figures">
      {items.map(([label, value, note]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd className="k-figure">{value}</dd>
          <dd className="k-quiet">{note}</dd>
        </div>
      ))}
    </dl>
  );
};
