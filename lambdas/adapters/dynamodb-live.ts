import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, PutCommand, QueryCommand, UpdateCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { LiveEvent, LiveFilter } from '../../core/contracts/api/events.ts';
import { LiveEventSchema, LiveFilterSchema } from '../../core/contracts/api/events.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

/** How long events are kept for those who come back, or poll. */
export const BUFFER_SECONDS = 3_600;
/** API Gateway closes a WebSocket after two hours. */
const CONNECTION_SECONDS = 7_200;

const seconds = (at: EpochMs): number => Math.floor(at / 1_000);

const StoredEventSchema = z.object({ payload: LiveEventSchema, ttl: z.number() });
const ConnectionSchema = z.object({
  id: z.string(),
  filter: LiveFilterSchema.nullable().default(null),
  ttl: z.number(),
});
export type Connection = z.output<typeof ConnectionSchema>;
const TicketSchema = z.object({ subject: z.string(), ttl: z.number() });

/** Events that were announced lately, for clients that poll or come back. */
export const keepEvent = async (
  client: DynamoDBDocumentClient,
  table: string,
  event: LiveEvent,
  now: EpochMs,
): Promise<void> => {
  const item = { kind: 'event', id: event.id, payload: event, ttl: seconds(now) + BUFFER_SECONDS };
  await calling('dynamodb:PutItem', () => client.send(new PutCommand({ TableName: table, Item: item })));
};

/** Oldest first from `from` on; or, without it, the newest ones. */
export const recentEvents = async (
  client: DynamoDBDocumentClient,
  table: string,
  from: string | null,
  limit: number,
): Promise<readonly LiveEvent[]> => {
  const command = new QueryCommand({
    TableName: table,
    KeyConditionExpression: from === null ? '#kind = :kind' : '#kind = :kind AND #id >= :from',
    ExpressionAttributeNames: { '#kind': 'kind', ...(from === null ? {} : { '#id': 'id' }) },
    ExpressionAttributeValues: { ':kind': 'event', ...(from === null ? {} : { ':from': from }) },
    ScanIndexForward: from !== null,
    Limit: limit,
    ConsistentRead: true,
  });
  const { Items = [] } = await calling('dynamodb:Query', () => client.send(command));
  const events = Items.map((item) => parseStored(StoredEventSchema, item, `event ${String(item['id'])}`).payload);
  return from === null ? events.reverse() : events;
};

/** Keeps a ticket by its hash: who reads the table cannot use it. */
export const keepTicket = async (
  client: DynamoDBDocumentClient,
  table: string,
  ticketHash: string,
  subject: string,
  until: EpochMs,
): Promise<void> => {
  const item = { kind: 'ticket', id: ticketHash, subject, ttl: seconds(until) };
  await calling('dynamodb:PutItem', () => client.send(new PutCommand({ TableName: table, Item: item })));
};

/** Takes a ticket, so that nobody can use it again; null when there is none, or it is too old. */
export const takeTicket = async (
  client: DynamoDBDocumentClient,
  table: string,
  ticketHash: string,
  now: EpochMs,
): Promise<string | null> => {
  const command = new DeleteCommand({
    TableName: table,
    Key: { kind: 'ticket', id: ticketHash },
    ReturnValues: 'ALL_OLD',
  });
  const { Attributes } = await calling('dynamodb:DeleteItem', () => client.send(command));
  if (Attributes === undefined) return null;
  const { subject, ttl } = parseStored(TicketSchema, Attributes, 'ticket');
  return ttl < seconds(now) ? null : subject;
};

export const addConnection = async (
  client: DynamoDBDocumentClient,
  table: string,
  connectionId: string,
  subject: string,
  now: EpochMs,
): Promise<void> => {
  const item = { kind: 'connection', id: connectionId, subject, ttl: seconds(now) + CONNECTION_SECONDS };
  await calling('dynamodb:PutItem', () => client.send(new PutCommand({ TableName: table, Item: item })));
};

/** Says what a connection wants to hear; false when there is no such connection. */
export const setFilter = async (
  client: DynamoDBDocumentClient,
  table: string,
  connectionId: string,
  filter: LiveFilter,
): Promise<boolean> => {
  const command = new UpdateCommand({
    TableName: table,
    Key: { kind: 'connection', id: connectionId },
    UpdateExpression: 'SET #filter = :filter',
    ConditionExpression: 'attribute_exists(#kind)',
    ExpressionAttributeNames: { '#filter': 'filter', '#kind': 'kind' },
    ExpressionAttributeValues: { ':filter': filter },
  });
  try {
    await calling('dynamodb:UpdateItem', () => client.send(command));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

export const removeConnection = async (client: DynamoDBDocumentClient, table: string, id: string): Promise<void> => {
  const command = new DeleteCommand({ TableName: table, Key: { kind: 'connection', id } });
  await calling('dynamodb:DeleteItem', () => client.send(command));
};

/** Everybody who listens. */
export const allConnections = async (client: DynamoDBDocumentClient, table: string): Promise<readonly Connection[]> => {
  const connections: Connection[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: table,
      KeyConditionExpression: '#kind = :kind',
      ExpressionAttributeNames: { '#kind': 'kind' },
      ExpressionAttributeValues: { ':kind': 'connection' },
      ConsistentRead: true,
    },
  );
  await calling('dynamodb:Query', async () => {
    for await (const { Items = [] } of pages) {
      for (const item of Items)
        connections.push(parseStored(ConnectionSchema, item, `connection ${String(item['id'])}`));
    }
  });
  return connections;
};
