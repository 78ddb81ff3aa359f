import { type CloudWatchClient, ListMetricsCommand } from '@aws-sdk/client-cloudwatch';
import type { CallMetric, WorkloadId } from '../../core/contracts/workload.ts';
import type { CallSource, MetricSource } from '../../core/shared/ports.ts';
import { elapsed } from '../../core/shared/units.ts';
import { resolverOf } from '../../core/topology/trace-graph.ts';
import { calling } from './sdk-errors.ts';

/** One series of a caller's metric: its calls to one callee. */
interface CallSeries {
  readonly caller: WorkloadId;
  readonly calleeName: string;
  readonly ref: Parameters<MetricSource['readEach']>[0][number];
}

/** Calls that workloads count themselves: one ListMetrics per caller, which finds its callees, and one reading of all of them. */
export const cloudWatchCalls = (client: CloudWatchClient, metrics: Pick<MetricSource, 'readEach'>): CallSource => ({
  read: async (callers, registry, window) => {
    const found = await Promise.all(
      callers.map(async ({ workloadId, detection }) => {
        const observed = detection?.calls?.observed ?? null;
        return observed === null ? [] : seriesOf(client, workloadId, observed);
      }),
    );
    const series = found.flat();
    if (series.length === 0) return [];
    const samples = await metrics.readEach(
      series.map(({ ref }) => ref),
      { ...window, periodSeconds: Math.ceil(elapsed(window.from, window.to) / 60_000) * 60 },
    );
    const resolve = resolverOf(registry);
    return series.flatMap(({ caller, calleeName }, index) => {
      const callee = resolve(calleeName);
      const requests = (samples[index] ?? []).reduce((sum, { value }) => sum + value, 0);
      return callee === null || callee === caller ? [] : [{ caller, callee, source: 'observed' as const, requests }];
    });
  },
});

const seriesOf = async (
  client: CloudWatchClient,
  caller: WorkloadId,
  { namespace, metricName, dimensions, calleeDimension }: CallMetric,
): Promise<readonly CallSeries[]> => {
  const series: CallSeries[] = [];
  let token: string | undefined;
  do {
    const command = new ListMetricsCommand({
      Namespace: namespace,
      MetricName: metricName,
      Dimensions: [...Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })), { Name: calleeDimension }],
      // What has had no sample for three hours has no calls to count.
      RecentlyActive: 'PT3H',
      ...(token === undefined ? {} : { NextToken: token }),
    });
    const page = await calling('cloudwatch:ListMetrics', () => client.send(command));
    for (const { Dimensions = [] } of page.Metrics ?? []) {
      const calleeName = Dimensions.find(({ Name }) => Name === calleeDimension)?.Value;
      // The same metric by more dimensions would count its calls a second time.
      if (calleeName === undefined || Dimensions.length !== Object.keys(dimensions).length + 1) continue;
      const ref = { namespace, metricName, dimensions: { ...dimensions, [calleeDimension]: calleeName }, stat: 'Sum' };
      series.push({ caller, calleeName, ref });
    }
    token = page.NextToken;
  } while (token !== undefined && token !== '');
  return series;
};
