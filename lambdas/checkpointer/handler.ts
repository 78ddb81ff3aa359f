import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { DynamoDBBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import { CheckpointHeadSchema } from '../../core/contracts/checkpoint.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { kmsClient } from '../adapters/kms-client.ts';
import { kmsSigner } from '../adapters/kms-signer.ts';
import { parseStored } from '../adapters/parse-stored.ts';
import { plainItem } from '../adapters/plain-item.ts';
import { checkpointStore } from '../adapters/s3-checkpoints.ts';
import { s3Client } from '../adapters/s3-client.ts';
import { sha256 } from '../adapters/sha256.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { keepCheckpoint } from './checkpointer.ts';

const env = readEnv({
  ...CommonEnv,
  LEASES_TABLE: z.string().min(1),
  RECORDS_BUCKET: z.string().min(1),
  RECORDS_KEY_ARN: z.string().min(1),
});

const StreamEventSchema = z.object({
  Records: z.array(
    z.object({
      dynamodb: z.object({
        SequenceNumber: z.string(),
        NewImage: z.record(z.string(), z.custom<AttributeValue>()).optional(),
      }),
    }),
  ),
});

/** Takes the ends of attempts from the journal's stream, and keeps a signed checkpoint of them. */
export const handler = agentHandler(StreamEventSchema, async ({ Records }): Promise<DynamoDBBatchResponse> => {
  try {
    const heads = Records.flatMap(({ dynamodb: { NewImage } }) =>
      NewImage === undefined ? [] : [parseStored(CheckpointHeadSchema, plainItem(NewImage), 'journal record')],
    );
    const kept = await keepCheckpoint(heads, {
      clock: systemClock,
      env: env.KINTSUGI_ENV,
      sha256,
      store: checkpointStore(s3Client(), env.RECORDS_BUCKET, dynamodbClient(), env.LEASES_TABLE),
      sign: kmsSigner(kmsClient(), env.RECORDS_KEY_ARN),
    });
    logger.info('checkpoint kept', { number: kept?.number, heads: kept?.heads.length });
    return { batchItemFailures: [] };
  } catch (error) {
    logger.error('checkpoint not kept', { error: error as Error });
    // From the first one on again: a checkpoint is of all or of none.
    return {
      batchItemFailures: Records.slice(0, 1).map(({ dynamodb }) => ({ itemIdentifier: dynamodb.SequenceNumber })),
    };
  }
});
