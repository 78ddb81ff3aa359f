import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Checkpoint } from '../../core/contracts/checkpoint.ts';
import { CheckpointSchema } from '../../core/contracts/checkpoint.ts';
import { canonicalJson } from '../../core/journal/canonical-json.ts';
import type { CheckpointStore, CheckpointTip } from '../../core/journal/checkpoint.ts';
import { leaseKeys } from './dynamodb-leases.ts';
import { parseStored } from './parse-stored.ts';
import { calling, isNamed } from './sdk-errors.ts';

/** Where all checkpoints of an environment are, in the order of their numbers. */
export const CHECKPOINT_PREFIX = 'checkpoints/';

export const checkpointKey = (number: number): string => `${CHECKPOINT_PREFIX}${String(number).padStart(12, '0')}.json`;

const TipSchema = z.object({ number: z.int().min(1), hash: z.string().length(64) });

/** Where the writer of checkpoints says that it is; null before the first. */
export const readTip = async (client: DynamoDBDocumentClient, leasesTable: string): Promise<CheckpointTip | null> => {
  const command = new GetCommand({
    TableName: leasesTable,
    Key: { resource: leaseKeys.checkpoint },
    ConsistentRead: true,
  });
  const { Item } = await calling('dynamodb:GetItem', () => client.send(command), leasesTable);
  return Item === undefined ? null : parseStored(TipSchema, Item, 'tip of the checkpoints');
};

/** Checkpoints in a bucket whose objects are locked, one object each; the tip in a table, apart from them. */
export const checkpointStore = (
  s3: S3Client,
  bucket: string,
  dynamodb: DynamoDBDocumentClient,
  leasesTable: string,
): CheckpointStore => ({
  tip: () => readTip(dynamodb, leasesTable),
  put: async (checkpoint) => {
    const Key = checkpointKey(checkpoint.number);
    const command = new PutObjectCommand({
      Bucket: bucket,
      Key,
      Body: canonicalJson(checkpoint),
      ContentType: 'application/json',
      IfNoneMatch: '*',
    });
    try {
      await calling('s3:PutObject', () => s3.send(command), bucket);
      return { status: 'stored' };
    } catch (error) {
      if (!isNamed(error, 'PreconditionFailed')) throw error;
      return { status: 'taken', by: await readCheckpoint(s3, bucket, Key) };
    }
  },
  advance: async ({ number, hash }) => {
    const command = new UpdateCommand({
      TableName: leasesTable,
      Key: { resource: leaseKeys.checkpoint },
      UpdateExpression: 'SET #number = :number, #hash = :hash',
      ConditionExpression: 'attribute_not_exists(#number) OR #number < :number',
      ExpressionAttributeNames: { '#number': 'number', '#hash': 'hash' },
      ExpressionAttributeValues: { ':number': number, ':hash': hash },
    });
    try {
      await calling('dynamodb:UpdateItem', () => dynamodb.send(command), leasesTable);
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  },
});

const readCheckpoint = async (s3: S3Client, bucket: string, Key: string): Promise<Checkpoint> => {
  const { Body } = await calling('s3:GetObject', () => s3.send(new GetObjectCommand({ Bucket: bucket, Key })), bucket);
  const text = (await Body?.transformToString()) ?? '';
  return parseStored(CheckpointSchema, JSON.parse(text), `s3://${bucket}/${Key}`);
};
