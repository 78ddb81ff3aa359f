import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMemo } from 'react';
import type { IncidentDetail } from '../../../../core/contracts/api/incidents.ts';
import type { Evidence } from '../../../../core/contracts/evidence.ts';
import type { MetricRole, Workload } from '../../../../core/contracts/workload.ts';
import { describeSymptom } from '../../../../core/explanation/wording.ts';
import { useRead } from '../../api/api.tsx';
import type { Marker, TimeChartProps } from '../../parts/time-chart.tsx';
import { TimeChart } from '../../parts/time-chart.tsx';
import { useNow } from '../../parts/time.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';
import { newest } from './facts.ts';

const UNITS: Readonly<Record<MetricRole, readonly [string, string]>> = {
  requestCount: ['Requests', 'per period'],
  errorRate: ['Failed requests', '%'],
  latencyP95: ['Response time, 95th percentile', 'ms'],
  cpuUtilization: ['CPU', '%'],
  memoryUtilization: ['Memory', '%'],
  runningTaskCount: ['Running tasks', 'tasks'],
  dependencyErrorRate: ['Failed calls to dependencies', '%'],
  poolUtilization: ['Connections in use', '%'],
  queueAge: ['Age of the oldest message', 's'],
  deadLetters: ['Dead letters', 'messages'],
};

/** What Sense saw, and how it looked before, during and after. */
export const EvidenceTab = ({ detail }: { readonly detail: IncidentDetail }) => {
  const evidence = newest(detail.journal, 'evidence_gathered')?.body;
  if (evidence === undefined) return <Nothing title="No evidence yet">It is gathered in the phase Sense.</Nothing>;
  return (
    <SpaceBetween size="l">
      <Charts detail={detail} workload={evidence.workload} />
      <Seen evidence={evidence} />
    </SpaceBetween>
  );
};

const Seen = ({ evidence }: { readonly evidence: Evidence }) => {
  const alarmed = evidence.neighbours.filter((neighbour) => neighbour.alarmed);
  return (
    <dl className="k-facts">
      <dt>Root</dt>
      <dd>
        {evidence.workload.workloadId} ({evidence.workload.kind}, owner {evidence.workload.owner})
      </dd>
      <dt>Symptoms</dt>
      <dd>{evidence.symptoms.present.map(describeSymptom).join(', ') || 'none'}</dd>
      <dt>Alarms</dt>
      <dd>
        {evidence.alarms
          .filter(({ state }) => state === 'ALARM')
          .map(({ alarmName }) => alarmName)
          .join(', ') || 'none'}
      </dd>
      <dt>Signals</dt>
      <dd>
        <ul>
          {evidence.signals.map(({ signalId, summary }) => (
            <li key={signalId}>{summary}</li>
          ))}
        </ul>
      </dd>
      <dt>Around it</dt>
      <dd>
        {alarmed.length === 0
          ? 'no dependency and no dependant is alarmed'
          : alarmed.map(({ workloadId, relation }) => `${workloadId} (${relation}) is alarmed`).join(', ')}
      </dd>
      <dt>Not seen</dt>
      <dd>{evidence.notSeen.length === 0 ? 'nothing was missing' : evidence.notSeen.join('; ')}</dd>
    </dl>
  );
};

const BEFORE_MS = 3 * 60_000;
const AFTER_MS = 2 * 60_000;
/** While a person is waited for, what follows the question for longer than this is not looked at. */
const WAITING_MS = 10 * 60_000;
/** The API gives no more of a series at once; of a longer incident the end is shown. */
const LONGEST_MS = 6 * 3_600_000;
/** While it is open the window's end moves in steps, so that one address is asked for again and again. */
const STEP_MS = 10_000;

const Charts = ({ detail, workload }: { readonly detail: IncidentDetail; readonly workload: Workload }) => {
  const { incident } = detail;
  const now = useNow(STEP_MS, incident.closedAt === null);
  const opened = Date.parse(incident.openedAt);
  const last = Date.parse(detail.journal.at(-1)?.at ?? incident.openedAt);
  const end = Math.min(now, incident.closedAt === null ? last + WAITING_MS : Date.parse(incident.closedAt) + AFTER_MS);
  const to = Math.ceil(end / STEP_MS) * STEP_MS;
  const from = Math.max(opened - BEFORE_MS, to - LONGEST_MS);
  const markers = useMemo(() => markersOf(detail), [detail]);
  const read = useRead(
    'showSeries',
    {
      params: { id: workload.workloadId },
      query: { since: new Date(from).toISOString(), until: new Date(to).toISOString() },
    },
    { everyMs: incident.closedAt === null ? 3_000 : 60_000, keepsLast: true },
  );
  return (
    <section aria-label="Measurements">
      <Box variant="h3" padding={{ bottom: 's' }}>
        Measurements of {workload.workloadId}
      </Box>
      <Loaded read={read} what="measurements">
        {({ series }) =>
          series.every(({ samples }) => samples.length === 0) ? (
            <Nothing title="No measurements of that time any more">
              Metrics of high resolution are kept for three hours.
            </Nothing>
          ) : (
            <div className="k-charts">
              {series
                .filter(({ samples }) => samples.length > 0)
                .map(({ role, samples }) => (
                  <TimeChart
                    key={role}
                    title={UNITS[role][0]}
                    unit={UNITS[role][1]}
                    samples={samples.map(({ at, value }) => ({ at: Date.parse(at), value }))}
                    markers={markers}
                    from={from}
                    to={to}
                    {...limitOf(role, workload)}
                  />
                ))}
            </div>
          )
        }
      </Loaded>
    </section>
  );
};

const limitOf = (role: MetricRole, { slo }: Workload): Pick<TimeChartProps, 'limit'> => {
  if (role === 'errorRate') return { limit: { value: slo.errorRatePercent, label: 'objective' } };
  if (role === 'latencyP95') return { limit: { value: slo.latencyP95Ms, label: 'objective' } };
  return {};
};

/** When it began, when something was done, when it was well again. */
const markersOf = ({ journal }: IncidentDetail): readonly Marker[] => {
  const opened = newest(journal, 'incident_opened');
  const outcome = newest(journal, 'outcome_measured');
  return [
    ...(opened === undefined
      ? []
      : [{ at: Date.parse(opened.body.signal.occurredAt), label: 'onset', tone: 'bad' as const }]),
    ...journal.flatMap((record) =>
      record.kind === 'action_applied'
        ? [{ at: Date.parse(record.body.startedAt), label: record.body.actionId, tone: 'info' as const }]
        : [],
    ),
    ...(outcome?.body.healthySince == null
      ? []
      : [{ at: Date.parse(outcome.body.healthySince), label: 'recovery', tone: 'good' as const }]),
  ];
};
