import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Clock } from '../../core/shared/ports.ts';
import { parseStored } from './parse-stored.ts';
import { plainItem } from './plain-item.ts';
import { calling } from './sdk-errors.ts';

const StoredSchema = z.object({
  requestHash: z.string(),
  expiresAt: z.number(),
  answer: z
    .object({ statusCode: z.int(), headers: z.record(z.string(), z.string()), body: z.string() })
    .nullable()
    .default(null),
});
type Stored = z.output<typeof StoredSchema>;
type Answer = NonNullable<Stored['answer']>;

const KEPT_SECONDS = 86_400;
/** A function that has not answered by then never will: API Gateway waits no longer. */
const RUNNING_SECONDS = 30;

/** Answers by their idempotency keys, for a day. */
export const dynamodbIdempotency = (client: DynamoDBDocumentClient, table: string, clock: Clock) => {
  const key = (id: string) => ({ kind: 'answer', id });
  const seconds = (): number => Math.floor(clock.now() / 1_000);
  return {
    begin: async (
      id: string,
      requestHash: string,
    ): Promise<
      | { readonly status: 'begun' }
      | { readonly status: 'answered'; readonly requestHash: string; readonly answer: Answer }
      | { readonly status: 'running'; readonly requestHash: string }
    > => {
      const now = seconds();
      const expiresAt = now + RUNNING_SECONDS;
      const command = new PutCommand({
        TableName: table,
        Item: { ...key(id), requestHash, expiresAt, ttl: expiresAt + KEPT_SECONDS },
        ConditionExpression: 'attribute_not_exists(#kind) OR expiresAt < :now',
        ExpressionAttributeNames: { '#kind': 'kind' },
        ExpressionAttributeValues: { ':now': now },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
      try {
        await calling('dynamodb:PutItem', () => client.send(command));
        return { status: 'begun' };
      } catch (error) {
        if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
        const stored = parseStored(StoredSchema, plainItem(error.Item), `answer ${id}`);
        return stored.answer === null
          ? { status: 'running', requestHash: stored.requestHash }
          : { status: 'answered', requestHash: stored.requestHash, answer: stored.answer };
      }
    },
    finish: async (id: string, answer: Answer): Promise<void> => {
      const command = new UpdateCommand({
        TableName: table,
        Key: key(id),
        UpdateExpression: 'SET answer = :answer, expiresAt = :until',
        ExpressionAttributeValues: { ':answer': answer, ':until': seconds() + KEPT_SECONDS },
      });
      await calling('dynamodb:UpdateItem', () => client.send(command));
    },
    abandon: async (id: string): Promise<void> => {
      await calling('dynamodb:DeleteItem', () => client.send(new DeleteCommand({ TableName: table, Key: key(id) })));
    },
  };
};
