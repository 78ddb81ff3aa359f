import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { useApi, useRead } from '../../api/api.tsx';
import { Page } from '../../parts/page.tsx';
import { spanText } from '../../parts/time.tsx';
import { Loaded } from '../../parts/trouble.tsx';
import { HeatMap } from './heat-map.tsx';
import { LearningCurve } from './learning-curve.tsx';
import { HandedOver, OpenIncidents } from './now.tsx';
import { Tiles } from './tiles.tsx';

/** Is anything wrong, is it being handled, and does the handling get better? */
export const Overview = () => {
  const { config } = useApi();
  const summary = useRead('summariseMetrics', { query: {} }, { everyMs: 30_000 });
  return (
    <Page title="Overview" description={`Environment ${config.env}, last 30 days.`}>
      <Tiles />
      <HandedOver />
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
