import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Conversation } from '../../core/contracts/notice.ts';
import { ConversationSchema } from '../../core/contracts/notice.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { putNew } from './dynamodb-interactions.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

/** Longer than any incident is talked about; ratings are asked for a week. */
const KEPT_SECONDS = 14 * 86_400;
const seconds = (at: EpochMs): number => Math.floor(at / 1_000);

const StoredSchema = z.object({
  told: ConversationSchema.shape.told.default(null),
  held: ConversationSchema.shape.held.default(null),
});
const conversationKey = (recipient: string, incidentId: string) => ({
  kind: 'conversation',
  id: `${incidentId}#${recipient}`,
});

/** What a recipient was told of an incident. */
export const readConversation = async (
  client: DynamoDBDocumentClient,
  table: string,
  recipient: string,
  incidentId: string,
): Promise<Conversation> => {
  const Key = conversationKey(recipient, incidentId);
  const command = new GetCommand({ TableName: table, Key, ConsistentRead: true });
  const { Item = {} } = await calling('dynamodb:GetItem', () => client.send(command));
  return parseStored(StoredSchema, Item, `conversation ${Key.id}`);
};

/** Writes down what was told, or what waits; never over something later. */
export const writeConversation = async (
  client: DynamoDBDocumentClient,
  table: string,
  { recipient, incidentId }: { readonly recipient: string; readonly incidentId: string },
  change: { readonly kind: 'told' | 'held'; readonly key: string; readonly at: string },
  now: EpochMs,
): Promise<void> => {
  const command = new UpdateCommand({
    TableName: table,
    Key: conversationKey(recipient, incidentId),
    UpdateExpression: 'SET #change = :change, #ttl = :ttl',
    ConditionExpression: 'attribute_not_exists(#change) OR #change.#at <= :at',
    ExpressionAttributeNames: { '#change': change.kind, '#at': 'at', '#ttl': 'ttl' },
    ExpressionAttributeValues: {
      ':change': { key: change.key, at: change.at },
      ':at': change.at,
      ':ttl': seconds(now) + KEPT_SECONDS,
    },
  });
  await calling('dynamodb:UpdateItem', () => client.send(command)).catch((error: unknown) => {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  });
};

const LookedAfterSchema = z.object({ by: z.string() });

/** Who looks after an incident that was handed to people; null while nobody has said so. */
export const lookedAfterBy = async (
  client: DynamoDBDocumentClient,
  table: string,
  incidentId: string,
): Promise<string | null> => {
  const Key = { kind: 'looked-after', id: incidentId };
  const { Item } = await calling('dynamodb:GetItem', () =>
    client.send(new GetCommand({ TableName: table, Key, ConsistentRead: true })),
  );
  return Item === undefined ? null : parseStored(LookedAfterSchema, Item, `who looks after ${incidentId}`).by;
};

/** Says that somebody looks after it; false when somebody did before. */
export const lookAfter = (
  client: DynamoDBDocumentClient,
  table: string,
  incidentId: string,
  by: string,
  now: EpochMs,
): Promise<boolean> =>
  putNew(client, table, { kind: 'looked-after', id: incidentId, by, ttl: seconds(now) + KEPT_SECONDS });

/** Takes a link, so that nobody can use it again; false when it was used. Links outlive neither their expiry nor this. */
export const takeLink = (
  client: DynamoDBDocumentClient,
  table: string,
  nonce: string,
  now: EpochMs,
): Promise<boolean> => putNew(client, table, { kind: 'link', id: nonce, ttl: seconds(now) + KEPT_SECONDS });

/** Gives a link back that could not do what it says because something did not answer. */
export const returnLink = async (client: DynamoDBDocumentClient, table: string, nonce: string): Promise<void> => {
  const command = new DeleteCommand({ TableName: table, Key: { kind: 'link', id: nonce } });
  await calling('dynamodb:DeleteItem', () => client.send(command));
};
