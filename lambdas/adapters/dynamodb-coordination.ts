import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { CoordinationStore, Granted, GrantRequest } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { epochMs } from '../../core/shared/units.ts';
import { batchGetFrom } from './dynamodb-batch-get.ts';
import { dynamodbIntents } from './dynamodb-intents.ts';
import { journalPut, journalRefusal } from './dynamodb-journal.ts';
import { PastActionSchema, leaseKeys } from './dynamodb-leases.ts';
import type { TransactItems } from './dynamodb-transaction.ts';
import { writeAll } from './dynamodb-transaction.ts';
import { parseStored } from './parse-stored.ts';

const StoredLeaseSchema = z.object({
  holder: z.string(),
  fencingToken: z.int().positive(),
  expiresAt: z.number().transform(epochMs),
});

const ItemsSchema = z.object({
  lease: StoredLeaseSchema.optional(),
  group: z.array(StoredLeaseSchema),
  cost: z.object({ microUsd: z.int().min(0) }).optional(),
  backlog: z.object({ incidents: z.array(z.string()) }).optional(),
  history: z.object({ older: z.array(PastActionSchema).default([]), actions: z.array(PastActionSchema) }).optional(),
  budget: z.object({ used: z.int().min(0) }).optional(),
  slots: z.object({ acting: z.set(z.string()).optional() }).optional(),
});

/** Leases, slots and budgets in the Leases table; what belongs together is written together. */
export const dynamodbCoordination = (
  client: DynamoDBDocumentClient,
  tables: { readonly leases: string; readonly journal: string },
): CoordinationStore => ({
  read: async (workloadId, now, group) => {
    const keys = keysFor(workloadId, now);
    const groupKeys = group.map(leaseKeys.lease);
    const resources = [...Object.values(keys), ...groupKeys].map((resource) => ({ resource }));
    const items = await batchGetFrom(client, tables.leases, resources);
    const item = (resource: string) => items.find((candidate) => candidate['resource'] === resource);
    const stored = parseStored(
      ItemsSchema,
      {
        lease: item(keys.lease),
        history: item(keys.history),
        budget: item(keys.budget),
        slots: item(keys.slots),
        cost: item(keys.cost),
        backlog: item(keys.backlog),
        group: groupKeys.flatMap((resource) => item(resource) ?? []),
      },
      `coordination of ${workloadId}`,
    );
    return {
      lease: stored.lease ?? null,
      history: stored.history === undefined ? [] : [...stored.history.older, ...stored.history.actions],
      actionsThisHour: stored.budget?.used ?? 0,
      acting: [...(stored.slots?.acting ?? [])],
      groupLeases: stored.group,
      spentTodayMicroUsd: stored.cost?.microUsd ?? 0,
      backlog: stored.backlog?.incidents ?? [],
    };
  },

  grant: async (request): Promise<Granted> => {
    if (request.costMicroUsd > request.maxCostPerDayMicroUsd) return { status: 'conflict' };
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
      ...(request.costMicroUsd === 0 ? [] : [spend(tables.leases, keys.cost, request)]),
      ...request.group.map((member) => freeOrOurs(tables.leases, member, request)),
    ]);
    if (refused === null) return { status: 'granted' };
    return journalRefusal(refused[0]) ?? { status: 'conflict' };
  },

  enqueue: async (record, length, now): Promise<Granted> => {
    const refused = await writeAll(client, [
      journalPut(tables.journal, record),
      joinBacklog(tables.leases, leaseKeys.backlog(now), record.incidentId, length, now),
    ]);
    if (refused === null) return { status: 'granted' };
    return journalRefusal(refused[0]) ?? { status: 'conflict' };
  },

  ...dynamodbIntents(client, tables),
});

const keysFor = (workloadId: string, now: EpochMs) => ({
  lease: leaseKeys.lease(workloadId),
  history: leaseKeys.history(workloadId),
  budget: leaseKeys.budget(now),
  slots: leaseKeys.slots,
  cost: leaseKeys.cost(now),
  backlog: leaseKeys.backlog(now),
});

/** Takes the change's money out of the day's. */
const spend = (
  table: string,
  resource: string,
  { costMicroUsd, maxCostPerDayMicroUsd, now }: GrantRequest,
): TransactItems[number] => ({
  Update: {
    TableName: table,
    Key: { resource },
    UpdateExpression: 'ADD microUsd :cost SET #ttl = :ttl',
    ConditionExpression: 'attribute_not_exists(microUsd) OR microUsd <= :left',
    ExpressionAttributeNames: { '#ttl': 'ttl' },
    ExpressionAttributeValues: {
      ':cost': costMicroUsd,
      ':left': maxCostPerDayMicroUsd - costMicroUsd,
      ':ttl': Math.round(now / 1_000) + 2 * 86_400,
    },
  },
});

/** No other incident acts on a workload of the same group. */
const freeOrOurs = (table: string, workloadId: string, { lease, now }: GrantRequest): TransactItems[number] => ({
  ConditionCheck: {
    TableName: table,
    Key: { resource: leaseKeys.lease(workloadId) },
    ConditionExpression: 'attribute_not_exists(holder) OR holder = :holder OR expiresAt <= :now',
    ExpressionAttributeValues: { ':holder': lease.holder, ':now': now },
  },
});

/** Appends the incident to the hour's backlog if nobody else has joined since it was read. */
const joinBacklog = (
  table: string,
  resource: string,
  incidentId: string,
  length: number,
  now: EpochMs,
): TransactItems[number] => ({
  Update: {
    TableName: table,
    Key: { resource },
    UpdateExpression: 'SET incidents = list_append(if_not_exists(incidents, :none), :incident), #ttl = :ttl',
    ConditionExpression:
      length === 0 ? 'attribute_not_exists(incidents)' : 'size(incidents) = :length AND NOT contains(incidents, :id)',
    ExpressionAttributeNames: { '#ttl': 'ttl' },
    ExpressionAttributeValues: {
      ':none': [],
      ':incident': [incidentId],
      ':ttl': Math.round(now / 1_000) + 2 * 3_600,
      ...(length === 0 ? {} : { ':length': length, ':id': incidentId }),
    },
  },
});

/** Free means: never taken, expired, or ours. The token that was read must still be the newest. */
const takeLease = (
  table: string,
  resource: string,
  { lease, expectedToken, now }: GrantRequest,
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
