import { gunzipSync, gzipSync } from 'node:zlib';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Workload } from '../../core/contracts/workload.ts';
import { WorkloadSchema } from '../../core/contracts/workload.ts';
import { type MetricWatch, MetricWatchSchema } from '../../core/detection/metric-watch.ts';
import type { StoredWatch, WatchStore } from '../../core/shared/ports.ts';
import { batchGetFrom } from './dynamodb-batch-get.ts';
import { parseStored } from './parse-stored.ts';
import { calling, isNamed } from './sdk-errors.ts';

/** What nobody looks at any more is forgotten after two weeks. */
const KEPT_SECONDS = 14 * 86_400;

/** An item: the memory of one metric, compressed, because DynamoDB charges by the kilobyte. */
const WatchItemSchema = z.object({
  metric: z.string(),
  version: z.int().positive(),
  memory: z.instanceof(Uint8Array),
});

/** See {@link WatchStore}: one read and one write per metric, however much is remembered of it. */
export const dynamodbWatches = (client: DynamoDBDocumentClient, tableName: string): WatchStore => ({
  load: async (metrics) => {
    const items = await batchGetFrom(
      client,
      tableName,
      metrics.map((metric) => ({ metric })),
    );
    return new Map(items.map((item) => readItem(item)).map((stored) => [stored.metric, stored]));
  },
  save: async (metric, watch, { version, now }) => {
    const item = {
      metric,
      version: version + 1,
      memory: gzipSync(JSON.stringify(watch)),
      expiresAt: Math.floor(now / 1_000) + KEPT_SECONDS,
    };
    try {
      await calling('dynamodb:PutItem', () =>
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: item,
            // Two looks at once: the one that began with what the other has overtaken must not turn the time back.
            ConditionExpression: 'attribute_not_exists(metric) OR version = :version',
            ExpressionAttributeValues: { ':version': version },
          }),
        ),
      );
      return 'saved';
    } catch (error) {
      if (isNamed(error, 'ConditionalCheckFailedException')) return 'overtaken';
      throw error;
    }
  },
});

const readItem = (raw: Record<string, unknown>): StoredWatch & { readonly metric: string } => {
  const item = parseStored(WatchItemSchema, raw, `memory of ${String(raw['metric'])}`);
  return { metric: item.metric, version: item.version, watch: readMemory(item.memory) };
};

/** Memory that cannot be read is none: the metric is learned anew, which costs time and does no harm. */
const readMemory = (memory: Uint8Array): MetricWatch | null => {
  try {
    const parsed = MetricWatchSchema.safeParse(JSON.parse(gunzipSync(memory).toString('utf8')));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
};

/** The workloads with these ids that are still registered. */
export const registeredWorkloads = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  workloadIds: readonly string[],
): Promise<readonly Workload[]> => {
  const items = await batchGetFrom(
    client,
    tableName,
    workloadIds.map((workloadId) => ({ workloadId })),
  );
  return items.map((item) => parseStored(WorkloadSchema, item, `workload ${String(item['workloadId'])}`));
};
