import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Incident, IncidentStatus } from '../../core/contracts/incident.ts';
import { IncidentSchema, IncidentStatusSchema } from '../../core/contracts/incident.ts';
import { SignalSchema } from '../../core/contracts/signal.ts';
import { WorkloadSchema } from '../../core/contracts/workload.ts';
import type { EarlierIncidents, IncidentContext } from '../../core/shared/ports.ts';
import { fromIso, toIso } from '../../core/shared/units.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { batchGet } from './dynamodb-batch-get.ts';
import { leaseKeys } from './dynamodb-leases.ts';
import { PointerSchema } from './dynamodb-placement.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

const EARLIER_INCIDENTS = 10;

const StoredSignals = z.object({ signals: z.array(SignalSchema).default([]) });

export const getIncident = async (
  client: DynamoDBDocumentClient,
  table: string,
  incidentId: string,
): Promise<Incident | null> => {
  const { Item } = await calling('dynamodb:GetItem', () =>
    client.send(new GetCommand({ TableName: table, Key: { incidentId }, ConsistentRead: true })),
  );
  return Item === undefined ? null : parseIncident(Item);
};

/** Incidents of one status, or of all, newest first. */
export const listIncidents = async (
  client: DynamoDBDocumentClient,
  table: string,
  status: IncidentStatus | undefined,
  limit: number,
): Promise<readonly Incident[]> => {
  const wanted = status === undefined ? IncidentStatusSchema.options : [status];
  const pages = await Promise.all(wanted.map((one) => newestOfStatus(client, table, one, limit)));
  return pages
    .flat()
    .sort((a, b) => b.openedAt.localeCompare(a.openedAt))
    .slice(0, limit);
};

const newestOfStatus = async (
  client: DynamoDBDocumentClient,
  table: string,
  status: IncidentStatus,
  limit: number,
): Promise<readonly Incident[]> => {
  const command = new QueryCommand({
    TableName: table,
    IndexName: 'byStatus',
    KeyConditionExpression: '#status = :status',
    ExpressionAttributeNames: { '#status': 'status' },
    ExpressionAttributeValues: { ':status': status },
    ScanIndexForward: false,
    Limit: limit,
  });
  const { Items } = await calling('dynamodb:Query', () => client.send(command));
  return (Items ?? []).map(parseIncident);
};

/** A stretch of one index, newest first; `more` when the index goes on behind it. */
export const readIncidents = async (
  client: DynamoDBDocumentClient,
  table: string,
  by: { readonly status: IncidentStatus } | { readonly workload: string },
  range: { readonly from: string; readonly to: string; readonly limit: number },
): Promise<{ readonly incidents: readonly Incident[]; readonly more: boolean }> => {
  const [index, key, value] =
    'status' in by ? ['byStatus', 'status', by.status] : ['byWorkload', 'workloadId', by.workload];
  const incidents: Incident[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const command = new QueryCommand({
      TableName: table,
      IndexName: index,
      KeyConditionExpression: '#key = :key AND openedAt BETWEEN :from AND :to',
      ExpressionAttributeNames: { '#key': key },
      ExpressionAttributeValues: { ':key': value, ':from': range.from, ':to': range.to },
      ScanIndexForward: false,
      Limit: range.limit - incidents.length,
      ...(start === undefined ? {} : { ExclusiveStartKey: start }),
    });
    const page = await calling('dynamodb:Query', () => client.send(command));
    incidents.push(...(page.Items ?? []).map(parseIncident));
    start = page.LastEvaluatedKey;
  } while (start !== undefined && incidents.length < range.limit);
  return { incidents, more: start !== undefined };
};

/** What Sense reads of its own tables: the incident with its signals, the workloads around it and whose they are; one request for up to 49 of them. */
export const incidentContext = async (
  client: DynamoDBDocumentClient,
  tables: { readonly incidents: string; readonly workloads: string; readonly leases: string },
  incidentId: string,
  members: readonly string[],
): Promise<IncidentContext> => {
  const answer = await batchGet(client, {
    [tables.incidents]: { keys: [{ incidentId }], consistent: true },
    [tables.workloads]: { keys: members.map((workloadId) => ({ workloadId })), consistent: false },
    [tables.leases]: { keys: members.map((member) => ({ resource: leaseKeys.incident(member) })), consistent: false },
  });
  const item = answer.get(tables.incidents)?.[0];
  if (item === undefined) throw new Error(`incident ${incidentId} is not stored`);
  return {
    incident: parseIncident(item),
    signals: parseStored(StoredSignals, item, `signals of ${incidentId}`).signals,
    workloads: (answer.get(tables.workloads) ?? []).map((workload) =>
      parseStored(WorkloadSchema, workload, `workload ${String(workload['workloadId'])}`),
    ),
    claimed: Object.fromEntries(
      (answer.get(tables.leases) ?? []).flatMap((pointer) => {
        const { resource, open, incidentId: owner } = parseStored(PointerSchema, pointer, 'incident pointer');
        return open && owner !== incidentId ? [[resource.slice(leaseKeys.incident('').length), owner]] : [];
      }),
    ),
  };
};

/** The workload's incidents before this one, newest first, and how many there were since `dayAgo`, those dismissed left out. */
export const earlierIncidents = async (
  client: DynamoDBDocumentClient,
  table: string,
  workloadId: string,
  incidentId: string,
  dayAgo: EpochMs,
): Promise<EarlierIncidents> => {
  const { Items } = await calling('dynamodb:Query', () =>
    client.send(
      new QueryCommand({
        TableName: table,
        IndexName: 'byWorkload',
        KeyConditionExpression: 'workloadId = :workload',
        ExpressionAttributeValues: { ':workload': workloadId },
        ScanIndexForward: false,
        Limit: EARLIER_INCIDENTS + 1,
      }),
    ),
  );
  const newest = (Items ?? [])
    .map((item) => parseStored(EarlierSchema, item, `incident of ${workloadId}`))
    .filter((earlier) => earlier.incidentId !== incidentId);
  const oldest = newest.at(-1);
  const listsTheDay = newest.length < EARLIER_INCIDENTS || oldest === undefined || fromIso(oldest.openedAt) < dayAgo;
  return {
    // A wish that is open heals nothing: nobody has to wait for it.
    incidents: newest
      .filter(({ taskId, closedAt }) => taskId === undefined || closedAt !== null)
      .slice(0, EARLIER_INCIDENTS)
      .map(({ taskId: _, ...earlier }) => earlier),
    today: listsTheDay
      ? newest.filter(
          ({ openedAt, status, taskId }) =>
            fromIso(openedAt) >= dayAgo && status !== 'dismissed' && taskId === undefined,
        ).length
      : await countSince(client, table, workloadId, incidentId, dayAgo),
  };
};

/** One more request, for a workload that breaks more often than its list of incidents is long. */
const countSince = async (
  client: DynamoDBDocumentClient,
  table: string,
  workloadId: string,
  incidentId: string,
  since: EpochMs,
): Promise<number> => {
  const count = async (from?: Record<string, unknown>): Promise<number> => {
    const command = new QueryCommand({
      TableName: table,
      IndexName: 'byWorkload',
      Select: 'COUNT',
      KeyConditionExpression: 'workloadId = :workload AND openedAt >= :since',
      FilterExpression: '#status <> :dismissed AND incidentId <> :present AND attribute_not_exists(taskId)',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':workload': workloadId,
        ':since': toIso(since),
        ':dismissed': 'dismissed',
        ':present': incidentId,
      },
      ...(from === undefined ? {} : { ExclusiveStartKey: from }),
    });
    const { Count, LastEvaluatedKey } = await calling('dynamodb:Query', () => client.send(command));
    return (Count ?? 0) + (LastEvaluatedKey === undefined ? 0 : await count(LastEvaluatedKey));
  };
  return count();
};

const EarlierSchema = IncidentSchema.pick({
  incidentId: true,
  openedAt: true,
  status: true,
  suspectRevision: true,
  closedAt: true,
  lastAction: true,
  hypothesis: true,
  taskId: true,
});

export const parseIncident = (item: Readonly<Record<string, unknown>>): Incident =>
  parseStored(IncidentSchema, item, `incident ${String(item['incidentId'])}`);
