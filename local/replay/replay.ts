import { setTimeout as sleep } from 'node:timers/promises';
import {
  CloudWatchClient,
  DeleteAlarmsCommand,
  type MetricDatum,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { IncidentDiagnosis } from '../../core/contracts/evidence.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { deregisterWorkload, registerWorkload } from '../../lambdas/adapters/dynamodb-workloads.ts';
import type { ParameterKey } from '../../lib/config/parameters.ts';
import { parameterName } from '../../lib/config/parameters.ts';
import type { RecordedIncident } from './petshop.ts';
import type { ReplayedNode, ReplayedRole } from './workloads.ts';
import {
  alarmedRole,
  HISTORY_ROWS,
  METRIC_NAMES,
  NAMESPACE,
  replayedNodes,
  thresholdOf,
  valuesOf,
} from './workloads.ts';

export interface ReplayOptions {
  readonly incident: RecordedIncident;
  /** Number of the incident in its file; part of the workloads' names. */
  readonly number: number;
  /** Length of a replayed row, seconds. */
  readonly rowSeconds: number;
  readonly aws: { readonly endpoint: string; readonly region: string };
  readonly workloadsTable: string;
  readonly incidents: () => Promise<readonly Incident[]>;
  readonly journal: (incidentId: string) => Promise<readonly JournalRecord[]>;
  /** Whether the detector looks at the metrics too, after each row, beside the alarm. */
  readonly detection: boolean;
  readonly onProgress?: (line: string) => void;
}

export interface Replayed {
  readonly incident: Incident;
  readonly diagnosis: IncidentDiagnosis | null;
  /** The node that the loop named, as the recording calls it. */
  readonly namedRoot: string;
  readonly labelledRoot: string;
  /** Incidents that the replay opened: one cause, one incident. */
  readonly opened: number;
  /** What the incident was heard from: number of signals by source, as far as they were kept. */
  readonly signals: Readonly<Record<string, number>>;
  /** From the first row of the incident to its end. */
  readonly seconds: number;
}

/** PutMetricData takes so many values at once. */
const MAX_DATA = 1_000;
/** From the last row on, until an incident must have ended. */
const PATIENCE_MS = 90_000;

/**
 * Puts a recorded incident's metrics into CloudWatch row by row, with the recording's graph as workloads and an alarm on the
 * node that alarmed then, and waits for what the deployed loop makes of it. Nothing that it registered stays.
 *
 * @throws Error when no incident was opened or it did not end in time
 */
export const replayIncident = async (options: ReplayOptions): Promise<Replayed> => {
  const { incident, number, rowSeconds, aws, workloadsTable, detection, onProgress = () => undefined } = options;
  const cloudwatch = new CloudWatchClient(aws);
  const raw = new DynamoDBClient(aws);
  const dynamodb = DynamoDBDocumentClient.from(raw);
  const alarmName = `kintsugi-dev-replay-${number}-${alarmedRole(incident)}`;
  const nodes = replayedNodes(incident, { prefix: `replay-${number}-`, rowSeconds, alarmName, detection });
  const detector = detection ? await detectorOf(aws) : null;
  const ids = nodes.map(({ workload }) => workload.workloadId);
  const began = Date.now();
  try {
    for (const { workload } of nodes) await registerWorkload(dynamodb, workloadsTable, workload, 'replay');
    onProgress(`Registered ${nodes.length} workloads; putting ${HISTORY_ROWS} rows of a normal period`);
    const row = rowSeconds * 1_000;
    const start = Math.ceil(Date.now() / row) * row;
    const history = incident.normal.slice(-HISTORY_ROWS);
    const put = (rows: RecordedIncident['normal'], first: number): Promise<void> =>
      putRows(cloudwatch, nodes, rows, (index) => new Date(first + index * row));
    await put(history, start - history.length * row);
    await detector?.look(ids, new Date(start));
    await createAlarm(cloudwatch, { alarmName, incident, nodes, rowSeconds, aws });
    for (const [index, measured] of incident.abnormal.entries()) {
      await sleep(Math.max(0, start + index * row - Date.now()));
      await put([measured], start + index * row);
      onProgress(`Row ${index + 1} of ${incident.abnormal.length} of the incident`);
      // A period is looked at when the next one is over too.
      await detector?.look(ids, new Date(start + index * row));
    }
    return await outcomeOf(options, nodes, { began, start });
  } finally {
    await cloudwatch.send(new DeleteAlarmsCommand({ AlarmNames: [alarmName] }));
    for (const { workload } of nodes) await deregisterWorkload(dynamodb, workloadsTable, workload.workloadId, 'replay');
    detector?.close();
    cloudwatch.destroy();
    raw.destroy();
  }
};

const putRows = async (
  client: CloudWatchClient,
  nodes: readonly ReplayedNode[],
  rows: RecordedIncident['normal'],
  timeOf: (row: number) => Date,
): Promise<void> => {
  const data = rows.flatMap((measured, index) =>
    nodes.flatMap(({ node, workload }) => {
      const values = measured[node] === undefined ? {} : valuesOf(measured[node]);
      return Object.entries(values).map(([role, value]): MetricDatum => ({
        MetricName: METRIC_NAMES[role as ReplayedRole],
        Dimensions: [{ Name: 'Node', Value: workload.workloadId }],
        Timestamp: timeOf(index),
        Value: value,
        StorageResolution: 1,
      }));
    }),
  );
  for (let start = 0; start < data.length; start += MAX_DATA) {
    await client.send(
      new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData: data.slice(start, start + MAX_DATA) }),
    );
  }
};

const createAlarm = async (
  client: CloudWatchClient,
  request: Pick<ReplayOptions, 'incident' | 'rowSeconds' | 'aws'> & {
    readonly alarmName: string;
    readonly nodes: readonly ReplayedNode[];
  },
): Promise<void> => {
  const { alarmName, incident, nodes, rowSeconds, aws } = request;
  const alarmTopicArn = await parameterOf(aws, 'alarm-topic-arn');
  const alarmed = nodes.find(({ node }) => node === incident.alarmed.node);
  if (alarmed === undefined) throw new Error(`the alarmed node ${incident.alarmed.node} is not in the graph`);
  await client.send(
    new PutMetricAlarmCommand({
      AlarmName: alarmName,
      AlarmDescription: `Replay of ${incident.id}`,
      Namespace: NAMESPACE,
      MetricName: METRIC_NAMES[alarmedRole(incident)],
      Dimensions: [{ Name: 'Node', Value: alarmed.workload.workloadId }],
      Statistic: 'Average',
      Period: rowSeconds,
      EvaluationPeriods: 1,
      Threshold: thresholdOf(incident),
      ComparisonOperator: 'GreaterThanThreshold',
      TreatMissingData: 'ignore',
      AlarmActions: [alarmTopicArn],
    }),
  );
};

const parameterOf = async (aws: ReplayOptions['aws'], key: ParameterKey): Promise<string> => {
  const ssm = new SSMClient(aws);
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameterName('dev', key) }));
  ssm.destroy();
  return String(Parameter?.Value);
};

/** The deployed detector, called as a schedule would. */
const detectorOf = async (aws: ReplayOptions['aws']) => {
  const lambda = new LambdaClient(aws);
  const FunctionName = await parameterOf(aws, 'detector-arn');
  return {
    look: async (workloads: readonly string[], time: Date): Promise<void> => {
      const Payload = Buffer.from(JSON.stringify({ workloads, time: time.toISOString() }));
      const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload }));
      if (answer.FunctionError === undefined) return;
      throw new Error(`the detector failed: ${Buffer.from(answer.Payload ?? []).toString()}`);
    },
    close: () => lambda.destroy(),
  };
};

const countBySource = (signals: readonly { readonly source: string }[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { source } of signals) counts[source] = (counts[source] ?? 0) + 1;
  return counts;
};

const outcomeOf = async (
  { incident, incidents, journal, onProgress = () => undefined }: ReplayOptions,
  nodes: readonly ReplayedNode[],
  { began, start }: { readonly began: number; readonly start: number },
): Promise<Replayed> => {
  const ids = new Map(nodes.map(({ node, workload }) => [workload.workloadId, node]));
  onProgress('Waiting for the loop to end');
  for (const deadline = Date.now() + PATIENCE_MS; Date.now() < deadline; await sleep(500)) {
    const opened = (await incidents()).filter(
      ({ workloadId, openedAt }) => ids.has(workloadId) && Date.parse(openedAt) >= began,
    );
    const [first] = opened;
    if (first === undefined || opened.some(({ closedAt }) => closedAt === null)) continue;
    const records = await journal(first.incidentId);
    const evidence = records.find((record) => record.kind === 'evidence_gathered')?.body;
    return {
      incident: first,
      diagnosis: evidence?.diagnosis ?? null,
      namedRoot: ids.get(first.workloadId) ?? first.workloadId,
      labelledRoot: incident.labelledRoot,
      opened: opened.length,
      signals: countBySource(evidence?.signals ?? []),
      seconds: Math.max(0, Date.parse(first.closedAt ?? '') - start) / 1_000,
    };
  }
  throw new Error(
    `no incident of the replay ended within ${PATIENCE_MS / 1_000} s; kintsugi status shows what is open.`,
  );
};
