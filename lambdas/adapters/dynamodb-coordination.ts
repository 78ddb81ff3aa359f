import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { CoordinationStore, Granted, Intended } from '../../core/shared/ports.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { epochMs } from '../../core/shared/units.ts';
import { journalPut, journalRefusal } from './dynamodb-journal.ts';
import { PastActionSchema, leaseKeys } from './dynamodb-leases.ts';
import type { TransactItems } from './dynamodb-transaction.ts';
import { writeAll } from './dynamodb-transaction.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

const ItemsSchema = z.object({
  lease: z
    .object({ holder: z.string(), fencingToken: z.int().positive(), expiresAt: z.number().transform(epochMs) })
    .optional(),
  history: z.object({ actions: z.array(PastActionSchema) }).optional(),
  budget: z.object({ used: z.int().min(0) }).optional(),
  slots: z.object({ acting: z.set(z.string()).optional() }).optional(),
});

/** Leases, slots and budgets in the Leases table; what belongs together is written together. */
export const dynamodbCoordination = (
  client: DynamoDBDocumentClient,
  tables: { readonly leases: string; readonly journal: string },
): CoordinationStore => ({
  read: async (workloadId, now) => {
    const keys = keysFor(workloadId, now);
    const answer = await calling('dynamodb:BatchGetItem', () =>
      client.send(
        new BatchGetCommand({
          RequestItems: {
            [tables.leases]: { Keys: Object.values(keys).map((resource) => ({ resource })), ConsistentRead: true },
          },
        }),
      ),
    );
    // A key that was not answered is not an absent item: taking it for one would open a budget that is used up.
    if (Object.keys(answer.UnprocessedKeys ?? {}).length > 0) {
      throw new DependencyUnavailableError('dynamodb:BatchGetItem left keys unprocessed');
    }
    const items = answer.Responses?.[tables.leases] ?? [];
    const item = (resource: string) => items.find((candidate) => candidate['resource'] === resource);
    const stored = parseStored(
      ItemsSchema,
      { lease: item(keys.lease), history: item(keys.history), budget: item(keys.budget), slots: item(keys.slots) },
      `coordination of ${workloadId}`,
    );
    return {
      lease: stored.lease ?? null,
      history: stored.history?.actions ?? [],
      actionsThisHour: stored.budget?.used ?? 0,
      acting: [...(stored.slots?.acting ?? [])],
    };
  },

  grant: async (request): Promise<Granted> => {
    const keys = keysFor(request.workloadId, request.now);
    const refused = await writeAll(client, [
      journalPut(tables.journal, request.record),
      takeLease(tables.leases, keys.lease, request),
      {
        Update: {
          TableName: tables.leases,
          Key: { resource: keys.budget },
          UpdateExpression: 'ADD used :one SET #ttl = :ttl',
          ConditionExpression: 'attribute_not_exists(used) OR used < :limit',
          ExpressionAttributeNames: { '#ttl': 'ttl' },
          ExpressionAttributeValues: {
            ':one': 1,
            ':limit': request.maxActionsPerHour,
            ':ttl': Math.round(request.now / 1_000) + 2 * 3_600,
          },
        },
      },
      {
        Update: {
          TableName: tables.leases,
          Key: { resource: keys.slots },
          UpdateExpression: 'ADD acting :me',
          ConditionExpression: 'attribute_not_exists(acting) OR size(acting) < :limit OR contains(acting, :id)',
          ExpressionAttributeValues: {
            ':me': new Set([request.lease.holder]),
            ':id': request.lease.holder,
            ':limit': request.maxConcurrentActions,
          },
        },
      },
    ]);
    if (refused === null) return { status: 'granted' };
    return journalRefusal(refused[0]) ?? { status: 'conflict' };
  },

  intend: async (record, workloadId, lease, now): Promise<Intended> => {
    const refused = await writeAll(client, [
      journalPut(tables.journal, record),
      {
        ConditionCheck: {
          TableName: tables.leases,
          Key: { resource: leaseKeys.lease(workloadId) },
          ConditionExpression: 'holder = :holder AND fencingToken = :token AND expiresAt > :now',
          ExpressionAttributeValues: { ':holder': lease.holder, ':token': lease.fencingToken, ':now': now },
        },
      },
    ]);
    if (refused === null) return { status: 'appended' };
    const existing = journalRefusal(refused[0]);
    return existing === null ? { status: 'lost' } : { ...existing, held: refused[1]?.failed !== true };
  },
});

const keysFor = (workloadId: string, now: EpochMs) => ({
  lease: leaseKeys.lease(workloadId),
  history: leaseKeys.history(workloadId),
  budget: leaseKeys.budget(now),
  slots: leaseKeys.slots,
});

/** Free means: never taken, expired, or ours. The token that was read must still be the newest. */
const takeLease = (
  table: string,
  resource: string,
  { lease, expectedToken, now }: Parameters<CoordinationStore['grant']>[0],
): TransactItems[number] => ({
  Update: {
    TableName: table,
    Key: { resource },
    UpdateExpression: 'SET holder = :holder, fencingToken = :next, expiresAt = :expires',
    ConditionExpression:
      expectedToken === 0
        ? 'attribute_not_exists(fencingToken)'
        : 'fencingToken = :expected AND (holder = :holder OR expiresAt <= :now)',
    ExpressionAttributeValues: {
      ':holder': lease.holder,
      ':next': lease.fencingToken,
      ':expires': lease.expiresAt,
      ...(expectedToken === 0 ? {} : { ':expected': expectedToken, ':now': now }),
    },
  },
});
