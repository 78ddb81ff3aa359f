import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { CloudWatchClient, GetMetricDataCommand, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import { DescribeServicesCommand } from '@aws-sdk/client-ecs';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import type { Watcher } from '../../bench/matrix/watcher.ts';
import { watcherOf } from '../../bench/matrix/watcher.ts';
import type { Incident } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import { MetricWatchSchema } from '../../core/detection/metric-watch.ts';
import { demandSeries } from '../../core/forecast/demand-history.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { inject } from '../../local/faults/faults.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';

const SEASON_MS = 60_000;
const SPIKE_MS = 10_000;
/** Together with the usual 15 a second: more than two tasks serve, less than four. */
const SPIKE_PER_SECOND = 52;

/** What is healed before it hurts: the whole system in the emulator, over real processes. About three minutes. */
describe('preventive healing', () => {
  let cloud: LocalCloud;
  let watcher: Watcher;
  const troubles: string[] = [];

  beforeAll(async () => {
    cloud = await startLocalCloud({
      detection: true,
      dir: process.cwd(),
      onError: (error) => void (/detector/.test(String(error)) && troubles.push(String(error))),
    });
    watcher = watcherOf(cloud);
  }, 300_000);

  afterEach(() => expect(troubles).toEqual([]));

  afterAll(async () => {
    await cloud?.stop();
  }, 30_000);

  test('a memory leak is healed through its forecast, before a task dies', async () => {
    const context = cloud.faultContext();
    const tasks = new Set(context.ecs.runningTasks('web').map(({ taskId }) => taskId));
    await sleep(5_000);
    const since = new Date();
    const clear = await inject(context, 'memory-leak', 'web');
    try {
      const [incident, records] = await untilClosed(watcher, 'web', since, 120_000);
      expect(incident).toMatchObject({ status: 'recovered', attempts: 1 });
      expect(['restart', 'redeploy']).toContain(incident.lastAction);
      expect(incident.explanation).toMatch(/This was preventive: nothing was wrong yet/);
      const evidence = records.find((record) => record.kind === 'evidence_gathered')?.body;
      expect(evidence).toMatchObject({
        forecast: { kind: 'exhaustion', role: 'memoryUtilization' },
        state: { exits: [] },
      });
      expect(evidence?.state.tasks.filter(({ taskArn }) => tasks.has(String(taskArn.split('/').at(-1))))).toHaveLength(
        2,
      );
      expect(verifyChain(records, sha256)).toEqual([]);
      expect(await worst(cloud, 'web', 'MemoryUtilization', since)).toBeLessThan(100);
    } finally {
      await clear();
    }
  }, 180_000);

  test('a spike that was seen in earlier seasons is met by more tasks before the objective breaks', async () => {
    const { shop } = cloud.faultContext();
    const peakAt = Math.ceil(Date.now() / 1_000) * 1_000 + 50_000;
    const since = new Date();
    await putEarlierSeasons(cloud, peakAt);
    await forgetDemand(cloud);
    const [incident, records] = await untilClosed(watcher, 'checkout', since, 45_000);
    expect(incident).toMatchObject({ status: 'recovered', lastAction: 'scaleOut' });
    expect(records.find((record) => record.kind === 'evidence_gathered')?.body.forecast).toMatchObject({
      kind: 'demand',
      capacity: 44,
    });
    expect(Date.now()).toBeLessThan(peakAt);
    expect(await runningTasks(cloud, 'checkout')).toBe(4);

    await sleep(Math.max(0, peakAt - Date.now()));
    shop.load.run('season', { service: 'checkout', url: shop.urlOf('checkout'), perSecond: SPIKE_PER_SECOND });
    await sleep(SPIKE_MS);
    shop.load.stop('season');
    await sleep(2_000);
    const peak = new Date(peakAt);
    expect(await worst(cloud, 'checkout', 'RequestCount', peak)).toBeGreaterThan(50);
    expect(await worst(cloud, 'checkout', 'ErrorRate', peak)).toBeLessThanOrEqual(5);
    expect(await worst(cloud, 'checkout', 'LatencyP95', peak)).toBeLessThanOrEqual(400);
    const incidents = await watcher.incidentsSince(['checkout'], since);
    expect(incidents.map(({ incidentId }) => incidentId)).toEqual([incident.incidentId]);
  }, 180_000);
});

const untilClosed = async (
  watcher: Watcher,
  workload: string,
  since: Date,
  withinMs: number,
): Promise<readonly [Incident, readonly JournalRecord[]]> => {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await sleep(500)) {
    const [incident] = await watcher.incidentsSince([workload], since);
    if (incident?.closedAt != null) return [incident, await watcher.journal(incident.incidentId)];
  }
  throw new Error(`no incident of ${workload} was closed within ${withinMs / 1_000} s`);
};

/** The requests of five seasons before a peak, as the shop would have measured them; many, where it measured others. */
const putEarlierSeasons = async ({ endpoint }: LocalCloud, peakAt: number): Promise<void> => {
  const client = new CloudWatchClient({ endpoint });
  const data: { readonly at: number; readonly value: number }[] = [];
  const first = peakAt - 5 * SEASON_MS;
  for (let at = first; at < Date.now() - 3_000; at += 1_000) {
    const isPeak = (at - first) % SEASON_MS < SPIKE_MS;
    const isRecent = at > Date.now() - 2 * SEASON_MS;
    // A second's value is the mean of its data: thirty outweigh the one that was really measured.
    for (let copy = 0; copy < (isRecent ? 30 : 1); copy += 1) data.push({ at, value: isPeak ? 67 : 15 });
  }
  for (let start = 0; start < data.length; start += 500) {
    await client.send(
      new PutMetricDataCommand({
        Namespace: 'Shop/checkout',
        MetricData: data.slice(start, start + 500).map(({ at, value }) => ({
          MetricName: 'RequestCount',
          Timestamp: new Date(at),
          Value: value,
          Unit: 'Count',
          Dimensions: [{ Name: 'ServiceName', Value: 'checkout' }],
        })),
      }),
    );
  }
  client.destroy();
};

/** Lets the detector learn the demand anew, from what is in CloudWatch now. */
const forgetDemand = async ({ endpoint, outputs }: LocalCloud): Promise<void> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint }));
  const item = {
    TableName: outputs['Kintsugi-dev-Data']?.['DetectorsTableName'],
    Key: { metric: 'checkout#requestCount' },
  };
  const knowsSeasons = async (): Promise<boolean> => {
    const { Item } = await client.send(new GetCommand({ ...item, ConsistentRead: true }));
    if (Item === undefined) return false;
    const memory = MetricWatchSchema.parse(JSON.parse(gunzipSync(Item['memory'] as Uint8Array).toString('utf8')));
    return memory.demand !== null && demandSeries(memory.demand).values.length >= 3 * 60;
  };
  for (let attempt = 0; attempt < 5; attempt += 1) {
    await client.send(new DeleteCommand(item));
    // A look that was under way may put back what it had loaded; the next deletion ends that.
    for (let wait = 0; wait < 12; wait += 1) {
      await sleep(500);
      if (await knowsSeasons()) return client.destroy();
    }
  }
  throw new Error('the detector did not learn the earlier seasons');
};

/** The highest value of a metric since an instant. */
const worst = async ({ endpoint }: LocalCloud, service: string, metricName: string, since: Date): Promise<number> => {
  const client = new CloudWatchClient({ endpoint });
  const { MetricDataResults = [] } = await client.send(
    new GetMetricDataCommand({
      StartTime: since,
      EndTime: new Date(),
      MetricDataQueries: [
        {
          Id: 'm0',
          MetricStat: {
            Metric: {
              Namespace: `Shop/${service}`,
              MetricName: metricName,
              Dimensions: [{ Name: 'ServiceName', Value: service }],
            },
            Period: 1,
            Stat: 'Average',
          },
        },
      ],
    }),
  );
  client.destroy();
  return Math.max(...(MetricDataResults[0]?.Values ?? []));
};

const runningTasks = async (cloud: LocalCloud, service: string): Promise<number | undefined> => {
  const { client, cluster } = cloud.faultContext().shop;
  const { services } = await client.send(new DescribeServicesCommand({ cluster, services: [service] }));
  return services?.[0]?.runningCount;
};
