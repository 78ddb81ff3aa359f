import { CloudWatchClient, PutMetricDataCommand } from '@aws-sdk/client-cloudwatch';
import type { MetricSink } from './metrics.ts';

export type CloudWatchSinkOptions = { readonly endpoint?: string; readonly region: string };

/** Puts the data into CloudWatch, one PutMetricData per namespace, single values. */
export const cloudWatchSink = ({ endpoint, region }: CloudWatchSinkOptions): MetricSink => {
  const client = new CloudWatchClient({ region, ...(endpoint === undefined ? {} : { endpoint }) });
  return async (namespace, data) => {
    await client.send(
      new PutMetricDataCommand({
        Namespace: namespace,
        MetricData: data.map(({ metricName, value, unit, dimensions, at }) => ({
          MetricName: metricName,
          Value: value,
          Unit: unit,
          Timestamp: at,
          Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
        })),
      }),
    );
  };
};
