import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DeleteCommand, PutCommand, ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Workload } from '../../core/contracts/workload.ts';
import { MaintenanceWindowsSchema, WorkloadSchema } from '../../core/contracts/workload.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import type { Clock, SeenCallStore, WorkloadRegistry } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { elapsed, isLonger, minutes, seconds } from '../../core/shared/units.ts';
import { parseStored } from './parse-stored.ts';
import { calling, isNamed } from './sdk-errors.ts';

/** A registry of some hundred items changes with deployments; reading it for every signal of a storm would be waste. */
const CACHE = minutes(10);
/** Who meets something that is not registered looks again, but not for every such message. */
const FRESH = seconds(5);

/**
 * All workloads, remembered for a while, and read again when somebody misses one. A workload that cannot be parsed stops the
 * reading: it must not vanish.
 */
export const dynamodbRegistry = (
  client: DynamoDBDocumentClient,
  tableName: string,
  clock: Clock,
  remembered = CACHE,
): WorkloadRegistry => {
  let cached: { readonly at: EpochMs; readonly workloads: Promise<readonly Workload[]> } | null = null;
  return {
    all: (fresh) => {
      const now = clock.now();
      if (cached === null || isLonger(elapsed(cached.at, now), fresh === undefined ? remembered : FRESH)) {
        const workloads = scan(client, tableName);
        cached = { at: now, workloads };
        // A failure must not be remembered as an answer.
        workloads.catch(() => (cached = null));
      }
      return cached.workloads;
    },
  };
};

const scan = async (client: DynamoDBDocumentClient, tableName: string): Promise<readonly Workload[]> => {
  const workloads: Workload[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await calling('dynamodb:Scan', () =>
      client.send(
        new ScanCommand({ TableName: tableName, ...(from === undefined ? {} : { ExclusiveStartKey: from }) }),
      ),
    );
    for (const item of page.Items ?? []) {
      workloads.push(parseStored(WorkloadSchema, item, `workload ${String(item['workloadId'])}`));
    }
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return workloads;
};

/** An item without a mark is from an older version: whoever comes first adopts it. */
const IS_OURS = 'attribute_not_exists(registeredBy) OR registeredBy = :owner';

/**
 * Registers a workload, or registers it anew.
 *
 * @param owner - who declares it; stays with the item
 * @throws InvalidInputError when somebody else has registered one with this id
 */
export const registerWorkload = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  workload: Workload,
  owner: string,
): Promise<void> => {
  const command = new PutCommand({
    TableName: tableName,
    Item: { ...workload, registeredBy: owner },
    ConditionExpression: IS_OURS,
    ExpressionAttributeValues: { ':owner': owner },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await calling('dynamodb:PutItem', () => client.send(command));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const other = error.Item?.['registeredBy']?.S ?? 'somebody else';
    throw new InvalidInputError(
      `workload ${workload.workloadId} is registered by ${other}, so ${owner} cannot register it: give one of them another id, or remove the other first`,
      { cause: error },
    );
  }
};

/** Seen calls are part of the workload's item; registering it anew forgets them, and the next look finds them again. */
export const dynamodbSeenCalls = (client: DynamoDBDocumentClient, tableName: string): SeenCallStore => ({
  save: async (workloadId, calls) => {
    const command = new UpdateCommand({
      TableName: tableName,
      Key: { workloadId },
      UpdateExpression: 'SET seenCalls = :calls',
      ConditionExpression: 'attribute_exists(workloadId)',
      ExpressionAttributeValues: { ':calls': calls },
    });
    try {
      await calling('dynamodb:UpdateItem', () => client.send(command));
    } catch (error) {
      if (!isNamed(error, 'ConditionalCheckFailedException')) throw error;
    }
  },
});

/** Takes the owner's workload out; what somebody else has registered under this id stays. */
export const deregisterWorkload = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  workloadId: string,
  owner: string,
): Promise<void> => {
  const command = new DeleteCommand({
    TableName: tableName,
    Key: { workloadId },
    ConditionExpression: IS_OURS,
    ExpressionAttributeValues: { ':owner': owner },
  });
  try {
    await calling('dynamodb:DeleteItem', () => client.send(command));
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
};

/**
 * The windows in which nothing is changed about a workload; a deployment of its app registers its own again.
 *
 * @throws InvalidInputError before anything is written: one item that cannot be read would stop the registry's readers
 */
export const setMaintenance = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  workloadId: string,
  windows: NonNullable<Workload['maintenanceWindows']>,
): Promise<void> => {
  const command = new UpdateCommand({
    TableName: tableName,
    Key: { workloadId },
    UpdateExpression: 'SET maintenanceWindows = :windows',
    ConditionExpression: 'attribute_exists(workloadId)',
    ExpressionAttributeValues: {
      ':windows': parseStored(MaintenanceWindowsSchema, windows, `maintenance windows of ${workloadId}`),
    },
  });
  await calling('dynamodb:UpdateItem', () => client.send(command));
};
