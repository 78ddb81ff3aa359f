import { median } from '../../core/evidence/metric-summary.ts';
import type { MetricRole, Workload } from '../../core/contracts/workload.ts';
import { WorkloadSchema } from '../../core/contracts/workload.ts';
import type { Measured, RecordedIncident } from './petshop.ts';

/** How many rows before the incident are put: what Sense reads as usual. */
export const HISTORY_ROWS = 72;

/** One node of the recording as it is registered, with the metrics that it has. */
export interface ReplayedNode {
  readonly node: string;
  readonly workload: Workload;
}

/** The values of one row in the units of the roles; what has no sample is left out. */
export const valuesOf = ({ latency, availability, requests }: Measured): Partial<Record<MetricRole, number>> => ({
  ...(latency === null ? {} : { latencyP95: latency * 1_000 }),
  ...(availability === null ? {} : { errorRate: 100 - availability }),
  ...(requests === null ? {} : { requestCount: requests }),
});

export const METRIC_NAMES = { latencyP95: 'Latency', errorRate: 'ErrorRate', requestCount: 'RequestCount' } as const;
export type ReplayedRole = keyof typeof METRIC_NAMES;

/**
 * The recording's graph as workloads: every node with its metrics and its callees, none of which may be touched. Only the
 * alarmed node has an alarm, as in the recording.
 *
 * @param prefix - keeps the workloads of one replay apart, for instance `replay-7-`
 */
export const replayedNodes = (
  incident: RecordedIncident,
  {
    prefix,
    rowSeconds,
    alarmName,
    detection,
  }: {
    readonly prefix: string;
    readonly rowSeconds: number;
    readonly alarmName: string;
    readonly detection: boolean;
  },
): readonly ReplayedNode[] => {
  const ids = idsOf(incident.nodes, prefix);
  return incident.nodes.map((node) => {
    const workloadId = ids.get(node) ?? '';
    const callees = incident.edges.filter(([caller]) => caller === node).map(([, callee]) => ids.get(callee));
    const isAlarmed = node === incident.alarmed.node;
    return {
      node,
      workload: WorkloadSchema.parse({
        kind: 'ecs-service',
        workloadId,
        owner: 'replay',
        criticality: 2,
        tier: 'replay',
        slo: objectivesOf(node, incident),
        dependsOn: [...new Set(callees.filter((callee) => callee !== undefined))],
        traceType: incident.kinds[node],
        allowedActions: [],
        alarms: isAlarmed ? [{ alarmName, role: alarmedRole(incident) }] : [],
        metricPeriodSeconds: rowSeconds,
        metrics: Object.fromEntries(
          Object.entries(METRIC_NAMES).map(([role, metricName]) => [
            role,
            { namespace: NAMESPACE, metricName, dimensions: { Node: workloadId } },
          ]),
        ),
        clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/replay',
        serviceName: workloadId,
        minTasks: 1,
        maxTasks: 1,
        taskMetricsNamespace: null,
        ...(detection ? { detection: { anomalies: ['latencyP95', 'errorRate'], forecasts: null } } : {}),
      }),
    };
  });
};

export const NAMESPACE = 'Replay';

export const alarmedRole = ({ alarmed }: RecordedIncident): 'latencyP95' | 'errorRate' =>
  alarmed.metric === 'latency' ? 'latencyP95' : 'errorRate';

/** Values of one node's role over rows, where there are any. */
const series = (rows: RecordedIncident['normal'], node: string, role: ReplayedRole): number[] =>
  rows.flatMap((row) => {
    const measured = row[node];
    const value = measured === undefined ? undefined : valuesOf(measured)[role];
    return value === undefined ? [] : [value];
  });

/** What was usual: the worse of the normal period and the last row before the incident, which may be months apart. */
const usual = (node: string, { normal, abnormal }: RecordedIncident, role: ReplayedRole): number =>
  Math.max(median(series(normal, node, role)) ?? 0, ...series(abnormal.slice(0, 1), node, role));

/** The recording has no objectives: half as slow again as usual, half a percent of failures more. */
const objectivesOf = (node: string, incident: RecordedIncident) => ({
  errorRatePercent: Math.min(100, usual(node, incident, 'errorRate') + 0.5),
  latencyP95Ms: 1.5 * usual(node, incident, 'latencyP95') + 10,
});

/** Nor has it alarm definitions: the threshold is halfway between usual and the worst row. */
export const thresholdOf = (incident: RecordedIncident): number => {
  const role = alarmedRole(incident);
  const { node } = incident.alarmed;
  const worst = Math.max(...series(incident.abnormal, node, role));
  return (usual(node, incident, role) + worst) / 2;
};

const MAX_ID = 50;

/** Names of nodes as workload ids; of names that become equal the later ones are numbered. */
const idsOf = (nodes: readonly string[], prefix: string): ReadonlyMap<string, string> => {
  const taken = new Set<string>();
  return new Map(
    nodes.map((node) => {
      const plain = node
        .toLowerCase()
        .replace(/[^a-z0-9]+/g, '-')
        .replace(/^-|-$/g, '');
      const base = `${prefix}${plain}`.slice(0, MAX_ID).replace(/-$/, '');
      let id = base;
      for (let n = 2; taken.has(id); n += 1) id = `${base}-${n}`;
      taken.add(id);
      return [node, id];
    }),
  );
};
