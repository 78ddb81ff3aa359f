import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import { JournalRecordSchema } from '../../core/contracts/journal.ts';
import { toBusEvent } from '../../core/journal/events.ts';
import { systemClock } from '../adapters/clock.ts';
import { eventBridgeClient } from '../adapters/eventbridge-client.ts';
import { eventBridgePublisher } from '../adapters/eventbridge-publisher.ts';
import { parseStored } from '../adapters/parse-stored.ts';
import { plainItem } from '../adapters/plain-item.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';

const env = readEnv({ ...CommonEnv, EVENT_BUS_NAME: z.string().min(1) });

const StreamEventSchema = z.object({
  Records: z.array(
    z.object({
      eventName: z.string(),
      dynamodb: z.object({
        SequenceNumber: z.string(),
        NewImage: z.record(z.string(), z.custom<AttributeValue>()).optional(),
      }),
    }),
  ),
});

/**
 * The journal's outbox: each record becomes one event, in order. The first record that cannot be published stops the
 * batch there, so that the stream delivers it again and none is skipped.
 */
export const handler = agentHandler(StreamEventSchema, async ({ Records }): Promise<DynamoDBBatchResponse> => {
  const publisher = eventBridgePublisher(eventBridgeClient(), env.EVENT_BUS_NAME, systemClock);
  for (const { eventName, dynamodb } of Records) {
    if (eventName !== 'INSERT' || dynamodb.NewImage === undefined) continue;
    try {
      const record = parseStored(JournalRecordSchema, plainItem(dynamodb.NewImage), 'journal record');
      await publisher.publish([toBusEvent(record)]);
      logger.info('record published', { incidentId: record.incidentId, seq: record.seq, kind: record.kind });
    } catch (error) {
      logger.error('record not published', { sequenceNumber: dynamodb.SequenceNumber, error: error as Error });
      return { batchItemFailures: [{ itemIdentifier: dynamodb.SequenceNumber }] };
    }
  }
  return { batchItemFailures: [] };
});
