import { setTimeout as sleep } from 'node:timers/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import { DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Workload } from '../../core/contracts/workload.ts';
import { WorkloadSchema } from '../../core/contracts/workload.ts';
import { deregisterWorkload, registerWorkload } from '../../lambdas/adapters/dynamodb-workloads.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';

/** Three trees of twenty workloads; in each the callee has the higher number, and 19 is what all depend on. */
const TREES = ['red', 'green', 'blue'] as const;
const ROOT = 19;
const idOf = (tree: string, n: number): string => `storm-${tree}-${n}`;

const workloads: readonly Workload[] = TREES.flatMap((tree) =>
  Array.from({ length: ROOT + 1 }, (_, n) =>
    WorkloadSchema.parse({
      kind: 'ecs-service',
      workloadId: idOf(tree, n),
      owner: 'storm',
      criticality: 2,
      tier: 'storm',
      slo: { errorRatePercent: 5, latencyP95Ms: 400 },
      dependsOn: n === ROOT ? [] : [idOf(tree, Math.min(ROOT, 2 * n + 1 + (n % 2)))],
      allowedActions: [],
      alarms: [{ alarmName: `storm-${tree}-${n}-errors`, role: 'errorRate' }],
      metricPeriodSeconds: 60,
      metrics: {},
      clusterArn: 'arn:aws:ecs:us-east-1:000000000000:cluster/storm',
      serviceName: idOf(tree, n),
      minTasks: 1,
      maxTasks: 1,
      taskMetricsNamespace: null,
    }),
  ),
);

/** An alarm as SNS delivers it raw; another time is another signal. */
const signalOf = (n: number, end: number): string => {
  // 7 and 60 have no common factor: every workload speaks early, and in no order.
  const { workloadId } = workloads[(n * 7) % workloads.length] as Workload;
  return JSON.stringify({
    AlarmName: `${workloadId}-errors`,
    NewStateValue: 'ALARM',
    NewStateReason: 'a storm',
    StateChangeTime: new Date(end - ((n * 37) % 60_000)).toISOString(),
  });
};

export interface StormResult {
  readonly signals: number;
  /** Workloads on which incidents were opened, sorted. */
  readonly roots: readonly string[];
  /** Different signals that the incidents count. */
  readonly counted: number;
  /** From the first message sent until every signal had its place. */
  readonly seconds: number;
}

/** After everything has its place: time for a signal to be counted twice, if it can be. */
const LOOK_AGAIN_SECONDS = 10;

export interface StormOptions {
  readonly patienceSeconds?: number;
  readonly onProgress?: (line: string) => void;
}

/** Signals that fall together after the time is rounded to a millisecond: copies, which count once. */
const different = (signals: readonly string[]): number => new Set(signals).size;

/**
 * Sends a storm of three simultaneous causes through the deployed queue and Issue Monitor.
 *
 * @throws Error when not every signal found its place within the patience
 */
export const runStorm = async (
  cloud: Pick<LocalCloud, 'endpoint' | 'outputs'>,
  count: number,
  { patienceSeconds = 300, onProgress = () => undefined }: StormOptions = {},
): Promise<StormResult> => {
  const sqs = new SQSClient({ endpoint: cloud.endpoint });
  const raw = new DynamoDBClient({ endpoint: cloud.endpoint });
  const dynamodb = DynamoDBDocumentClient.from(raw);
  const outputs = cloud.outputs['Kintsugi-dev-Data'] ?? {};
  const table = (name: string): string => String(outputs[`${name}TableName`]);
  const QueueUrl = String(cloud.outputs['Kintsugi-dev-Events']?.['SignalsQueueUrl']).replace(
    /^https?:\/\/[^/]+/,
    cloud.endpoint,
  );
  for (const workload of workloads) await registerWorkload(dynamodb, table('Workloads'), workload, 'storm');
  // Whoever has read the registry in between has read a part of it, and looks again when it misses something, after this long.
  await sleep(6_000);
  try {
    const began = Date.now();
    const bodies = Array.from({ length: count }, (_, n) => signalOf(n, began));
    const batches = Array.from({ length: Math.ceil(count / 10) }, (_, index) =>
      bodies.slice(index * 10, index * 10 + 10),
    );
    for (const batch of batches) {
      const Entries = batch.map((MessageBody, index) => ({ Id: String(index), MessageBody }));
      await sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));
    }
    const expected = different(bodies);
    let foundAt = Infinity;
    let before = -1;
    for (;;) {
      const incidents = await stormIncidents(dynamodb, table('Incidents'));
      const counted = incidents.reduce((sum, { signalCount }) => sum + signalCount, 0);
      const elapsed = (Date.now() - began) / 1_000;
      if (counted >= expected) foundAt = Math.min(foundAt, elapsed);
      if (elapsed > foundAt + LOOK_AGAIN_SECONDS) {
        return { signals: expected, roots: incidents.map(({ root }) => root).sort(), counted, seconds: foundAt };
      }
      if (counted !== before)
        onProgress(`${counted} of ${expected} signals, ${incidents.length} incidents, ${elapsed.toFixed(1)} s`);
      if (elapsed > patienceSeconds) {
        const { Attributes = {} } = await sqs.send(
          new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
        );
        const many = (state: '' | 'NotVisible' | 'Delayed'): string =>
          Attributes[`ApproximateNumberOfMessages${state}`] ?? 'an unknown number';
        throw new Error(
          `${counted} of ${expected} signals found their place within ${patienceSeconds} s in ${incidents.length} incidents; of the others ${many('')} are queued, ${many('NotVisible')} in flight, ${many('Delayed')} delayed`,
        );
      }
      before = counted;
      await sleep(500);
    }
  } finally {
    for (const { workloadId } of workloads) await deregisterWorkload(dynamodb, table('Workloads'), workloadId, 'storm');
    sqs.destroy();
    raw.destroy();
  }
};

const stormIncidents = async (client: DynamoDBDocumentClient, table: string) => {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table, ConsistentRead: true }));
  return Items.filter(({ workloadId }) => String(workloadId).startsWith('storm-')).map((item) => ({
    root: String(item['workloadId']),
    signalCount: Number(item['signalCount']),
  }));
};
