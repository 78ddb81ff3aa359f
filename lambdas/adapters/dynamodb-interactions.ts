import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type * as z from 'zod';
import { FeedbackSchema } from '../../core/contracts/api/incidents.ts';
import type { StoredTask, Task, TaskStatus } from '../../core/contracts/api/tasks.ts';
import { StoredTaskSchema, TaskSchema } from '../../core/contracts/api/tasks.ts';
import { DeploymentSchema } from '../../core/contracts/api/workloads.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

type Deployment = z.output<typeof DeploymentSchema>;

/** Puts an item unless its place is taken; false when it was. */
export const putNew = async (
  client: DynamoDBDocumentClient,
  table: string,
  item: Record<string, unknown>,
): Promise<boolean> => {
  const command = new PutCommand({
    TableName: table,
    Item: item,
    ConditionExpression: 'attribute_not_exists(#kind)',
    ExpressionAttributeNames: { '#kind': 'kind' },
  });
  try {
    await calling('dynamodb:PutItem', () => client.send(command));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
};

interface Range {
  readonly kind: string;
  readonly from: string;
  readonly to: string;
  readonly limit: number;
  readonly newestFirst: boolean;
}

const read = async <S extends z.ZodType>(
  client: DynamoDBDocumentClient,
  table: string,
  schema: S,
  { kind, from, to, limit, newestFirst }: Range,
): Promise<z.output<S>[]> => {
  const items: z.output<S>[] = [];
  let start: Record<string, unknown> | undefined;
  // A cursor can name a place before the first item; DynamoDB takes no range that ends before it begins.
  if (from > to) return items;
  do {
    const command = new QueryCommand({
      TableName: table,
      KeyConditionExpression: '#kind = :kind AND #id BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#kind': 'kind', '#id': 'id' },
      ExpressionAttributeValues: { ':kind': kind, ':from': from, ':to': to },
      ScanIndexForward: !newestFirst,
      Limit: limit - items.length,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const page = await calling('dynamodb:Query', () => client.send(command));
    for (const item of page.Items ?? []) items.push(parseStored(schema, item, `${kind} ${String(item['id'])}`));
    start = page.LastEvaluatedKey;
  } while (start !== undefined && items.length < limit);
  return items;
};

/** Behind every id that begins with the text before it. */
const END = '~';
const MOST_RATINGS = 5_000;

export const feedbackOf = (client: DynamoDBDocumentClient, table: string, incidentId: string) =>
  read(client, table, FeedbackSchema, {
    kind: 'feedback',
    from: `${incidentId}#`,
    to: `${incidentId}#${END}`,
    limit: 100,
    newestFirst: false,
  });

/** Ratings of all incidents that were opened since; ids of incidents begin with that time. */
export const feedbackSince = (client: DynamoDBDocumentClient, table: string, since: string) =>
  read(client, table, FeedbackSchema, {
    kind: 'feedback',
    from: `inc-${compact(since)}`,
    to: `inc-${END}`,
    limit: MOST_RATINGS,
    newestFirst: true,
  });

/** `2026-11-21T05:30:00.000Z` as ids write it: `20261121-053000`. */
const compact = (iso: string): string => iso.slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');

/** Keeps a task; false when there is one with this id. */
export const putTask = (client: DynamoDBDocumentClient, table: string, task: StoredTask) =>
  putNew(client, table, { kind: 'task', id: task.taskId, ...task });

export const getTask = async (client: DynamoDBDocumentClient, table: string, taskId: string): Promise<Task | null> =>
  readTask(client, table, TaskSchema, taskId);

/** With what only its worker must know. */
export const getStoredTask = async (
  client: DynamoDBDocumentClient,
  table: string,
  taskId: string,
): Promise<StoredTask | null> => readTask(client, table, StoredTaskSchema, taskId);

const readTask = async <S extends z.ZodType>(
  client: DynamoDBDocumentClient,
  table: string,
  schema: S,
  taskId: string,
): Promise<z.output<S> | null> => {
  const command = new GetCommand({ TableName: table, Key: { kind: 'task', id: taskId }, ConsistentRead: true });
  const { Item } = await calling('dynamodb:GetItem', () => client.send(command));
  return Item === undefined ? null : parseStored(schema, Item, `task ${taskId}`);
};

/** Tasks among which those that wait are looked for. */
const MOST_TASKS = 1_000;

/** Newest first. */
export const queuedTasks = async (client: DynamoDBDocumentClient, table: string): Promise<readonly StoredTask[]> => {
  const range = { kind: 'task', from: 'task-', to: `task-${END}`, limit: MOST_TASKS, newestFirst: true };
  return (await read(client, table, StoredTaskSchema, range)).filter(({ status }) => status === 'queued');
};

/** Changes a task that is in one of these states; null when it is in another one by now, or is not there. */
export const changeTask = async (
  client: DynamoDBDocumentClient,
  table: string,
  taskId: string,
  from: readonly TaskStatus[],
  change: Readonly<Partial<StoredTask>>,
): Promise<StoredTask | null> => {
  const changes = Object.entries(change).filter(([, value]) => value !== undefined);
  const command = new UpdateCommand({
    TableName: table,
    Key: { kind: 'task', id: taskId },
    UpdateExpression: `SET ${changes.map(([name]) => `#${name} = :${name}`).join(', ')}`,
    ConditionExpression: `#status IN (${from.map((_, index) => `:from${index}`).join(', ')})`,
    ExpressionAttributeNames: {
      '#status': 'status',
      ...Object.fromEntries(changes.map(([name]) => [`#${name}`, name])),
    },
    ExpressionAttributeValues: {
      ...Object.fromEntries(from.map((status, index) => [`:from${index}`, status])),
      ...Object.fromEntries(changes.map(([name, value]) => [`:${name}`, value])),
    },
    ReturnValues: 'ALL_NEW',
  });
  try {
    const { Attributes } = await calling('dynamodb:UpdateItem', () => client.send(command));
    return parseStored(StoredTaskSchema, Attributes, `task ${taskId}`);
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return null;
    throw error;
  }
};

/** Newest first, from `before` backwards; ids of tasks begin with the time. */
export const listTasks = (client: DynamoDBDocumentClient, table: string, before: string | null, limit: number) =>
  read(client, table, TaskSchema, {
    kind: 'task',
    from: 'task-',
    to: before ?? `task-${END}`,
    limit,
    newestFirst: true,
  });

/** Cancels a task that has not begun; null when it has, or is over. */
export const cancelTask = (client: DynamoDBDocumentClient, table: string, taskId: string, at: string) =>
  changeTask(client, table, taskId, ['queued'], { status: 'cancelled', updatedAt: at });

export const putDeployment = (client: DynamoDBDocumentClient, table: string, deployment: Deployment) =>
  putNew(client, table, { kind: `deployment#${deployment.workloadId}`, id: deploymentKey(deployment), ...deployment });

export const deploymentKey = ({ at, deploymentId, status }: Deployment): string => `${at}#${deploymentId}#${status}`;

/** Newest first, from `before` backwards. */
export const listDeployments = (
  client: DynamoDBDocumentClient,
  table: string,
  workloadId: string,
  before: string | null,
  limit: number,
) =>
  read(client, table, DeploymentSchema, {
    kind: `deployment#${workloadId}`,
    from: '0',
    to: before ?? END,
    limit,
    newestFirst: true,
  });
