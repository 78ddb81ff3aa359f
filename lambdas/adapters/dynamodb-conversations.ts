import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Pending } from '../../core/chat/converse.ts';
import { PendingSchema } from '../../core/chat/converse.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

/** Whose conversation: somebody else cannot say yes in it. */
const keyOf = (subject: string, conversationId: string) => ({ kind: 'chat', id: `${subject}#${conversationId}` });

/** Keeps the plan that waits for a yes in a conversation. */
export const keepPlan = async (
  client: DynamoDBDocumentClient,
  table: string,
  subject: string,
  conversationId: string,
  plan: Pending,
): Promise<void> => {
  const item = { ...keyOf(subject, conversationId), plan, ttl: Math.ceil(plan.until / 1_000) };
  await calling('dynamodb:PutItem', () => client.send(new PutCommand({ TableName: table, Item: item })));
};

/** Takes the plan out of the conversation, so that two yeses at one moment queue it once; null when there is none. */
export const takePlan = async (
  client: DynamoDBDocumentClient,
  table: string,
  subject: string,
  conversationId: string,
): Promise<Pending | null> => {
  const command = new DeleteCommand({
    TableName: table,
    Key: keyOf(subject, conversationId),
    ReturnValues: 'ALL_OLD',
  });
  const { Attributes } = await calling('dynamodb:DeleteItem', () => client.send(command));
  return Attributes === undefined ? null : parseStored(PendingSchema, Attributes['plan'], `plan of ${conversationId}`);
};
