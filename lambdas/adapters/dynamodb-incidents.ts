import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchGetCommand, GetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Evidence } from '../../core/contracts/evidence.ts';
import type { Incident, IncidentStatus } from '../../core/contracts/incident.ts';
import { IncidentSchema, IncidentStatusSchema } from '../../core/contracts/incident.ts';
import type { Signal } from '../../core/contracts/signal.ts';
import { SignalSchema } from '../../core/contracts/signal.ts';
import { WorkloadSchema } from '../../core/contracts/workload.ts';
import type { IncidentContext, IncidentStore } from '../../core/shared/ports.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { fromIso } from '../../core/shared/units.ts';
import { journalPut } from './dynamodb-journal.ts';
import { SIGNAL_TTL_SECONDS, leaseKeys } from './dynamodb-leases.ts';
import type { Refusal, TransactItems } from './dynamodb-transaction.ts';
import { writeAll } from './dynamodb-transaction.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

/** Signals kept with an incident for its evidence; further ones are only counted. */
const MAX_SIGNALS = 20;
const EARLIER_INCIDENTS = 10;

export interface OpeningTables {
  readonly incidents: string;
  readonly leases: string;
  readonly journal: string;
}

/** An item of `incident#<workload>`: the open incident, or the last one and when it ended. */
const PointerSchema = z.object({ resource: z.string(), incidentId: z.string(), open: z.boolean() });
const SeenSchema = z.object({ incidentId: z.string(), opener: z.boolean() });
const StoredSignals = z.object({ signals: z.array(SignalSchema).default([]) });

/** See {@link IncidentStore.open}. */
export const openIncident = async (
  client: DynamoDBDocumentClient,
  tables: OpeningTables,
  { incident, signal, record, members }: Parameters<IncidentStore['open']>[0],
): ReturnType<IncidentStore['open']> => {
  const refused = await writeAll(client, [
    seenPut(tables.leases, signal, incident.incidentId, true),
    ...members.map((member) => pointerPut(tables.leases, member, incident)),
    { Put: { TableName: tables.incidents, Item: { ...incident, signals: [signal] } } },
    journalPut(tables.journal, record),
  ]);
  return refused === null ? { status: 'opened' } : whyNotOpened(refused, members.length);
};

/** See {@link IncidentStore.attach}. Signals past the first twenty are counted, not kept. */
export const attachSignal = async (
  client: DynamoDBDocumentClient,
  tables: OpeningTables,
  incidentId: string,
  signal: Signal,
): ReturnType<IncidentStore['attach']> => {
  const kept = await attach(client, tables, incidentId, signal, true);
  if (kept !== 'full') return kept;
  return (await attach(client, tables, incidentId, signal, false)) === 'duplicate' ? 'duplicate' : 'attached';
};

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

/** What Sense reads of its own tables: the incident with its signals, the workloads around it and whose they are, in one request. */
export const incidentContext = async (
  client: DynamoDBDocumentClient,
  tables: { readonly incidents: string; readonly workloads: string; readonly leases: string },
  incidentId: string,
  members: readonly string[],
): Promise<IncidentContext> => {
  const answer = await calling('dynamodb:BatchGetItem', () =>
    client.send(
      new BatchGetCommand({
        RequestItems: {
          [tables.incidents]: { Keys: [{ incidentId }], ConsistentRead: true },
          [tables.workloads]: { Keys: members.map((workloadId) => ({ workloadId })) },
          [tables.leases]: { Keys: members.map((member) => ({ resource: leaseKeys.incident(member) })) },
        },
      }),
    ),
  );
  if (Object.keys(answer.UnprocessedKeys ?? {}).length > 0) {
    throw new DependencyUnavailableError('dynamodb:BatchGetItem left keys unprocessed');
  }
  const item = answer.Responses?.[tables.incidents]?.[0];
  if (item === undefined) throw new Error(`incident ${incidentId} is not stored`);
  return {
    incident: parseIncident(item),
    signals: parseStored(StoredSignals, item, `signals of ${incidentId}`).signals,
    workloads: (answer.Responses?.[tables.workloads] ?? []).map((workload) =>
      parseStored(WorkloadSchema, workload, `workload ${String(workload['workloadId'])}`),
    ),
    claimed: Object.fromEntries(
      (answer.Responses?.[tables.leases] ?? []).flatMap((pointer) => {
        const { resource, open, incidentId: owner } = parseStored(PointerSchema, pointer, 'incident pointer');
        return open && owner !== incidentId ? [[resource.slice(leaseKeys.incident('').length), owner]] : [];
      }),
    ),
  };
};

/** The workload's incidents before this one, newest first. */
export const earlierIncidents = async (
  client: DynamoDBDocumentClient,
  table: string,
  workloadId: string,
  incidentId: string,
): Promise<Evidence['earlierIncidents']> => {
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
  return (Items ?? [])
    .map((item) => parseStored(EarlierSchema, item, `incident of ${workloadId}`))
    .filter((earlier) => earlier.incidentId !== incidentId)
    .slice(0, EARLIER_INCIDENTS);
};

const EarlierSchema = IncidentSchema.pick({ incidentId: true, openedAt: true, status: true, suspectRevision: true });

export const parseIncident = (item: Readonly<Record<string, unknown>>): Incident =>
  parseStored(IncidentSchema, item, `incident ${String(item['incidentId'])}`);

const seenPut = (table: string, signal: Signal, incidentId: string, opener: boolean): TransactItems[number] => ({
  Put: {
    TableName: table,
    Item: {
      resource: leaseKeys.signal(signal.signalId),
      incidentId,
      opener,
      ttl: Math.round(fromIso(signal.occurredAt) / 1_000) + SIGNAL_TTL_SECONDS,
    },
    ConditionExpression: 'attribute_not_exists(#resource)',
    ExpressionAttributeNames: { '#resource': 'resource' },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

/** A workload belongs to one open incident; what happened before its last one was closed belongs to that one. */
const pointerPut = (table: string, workloadId: string, incident: Incident): TransactItems[number] => ({
  Put: {
    TableName: table,
    Item: { resource: leaseKeys.incident(workloadId), incidentId: incident.incidentId, open: true, closedAt: 0 },
    ConditionExpression: 'attribute_not_exists(#resource) OR (#open = :closed AND closedAt < :now)',
    ExpressionAttributeNames: { '#resource': 'resource', '#open': 'open' },
    ExpressionAttributeValues: { ':closed': false, ':now': fromIso(incident.openedAt) },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

const whyNotOpened = (refused: readonly Refusal[], members: number): Awaited<ReturnType<IncidentStore['open']>> => {
  const pointers = refused
    .slice(1, 1 + members)
    .flatMap(({ existing }) => (existing === null ? [] : [parseStored(PointerSchema, existing, 'incident pointer')]));
  const seen = refused[0];
  if (seen?.failed === true && seen.existing !== null) {
    const { incidentId, opener } = parseStored(SeenSchema, seen.existing, 'signal');
    const stillOpen = pointers.some((pointer) => pointer.incidentId === incidentId && pointer.open);
    return { status: 'duplicate', incidentId, opener: opener && stillOpen };
  }
  const open = pointers.find((pointer) => pointer.open);
  if (open !== undefined) return { status: 'belongs', incidentId: open.incidentId };
  const closed = pointers[0];
  if (closed !== undefined) return { status: 'late', incidentId: closed.incidentId };
  throw new DependencyUnavailableError('an incident could not be opened, and no item says why: try again');
};

const attach = async (
  client: DynamoDBDocumentClient,
  tables: OpeningTables,
  incidentId: string,
  signal: Signal,
  keepSignal: boolean,
): Promise<'attached' | 'duplicate' | 'full'> => {
  const refused = await writeAll(client, [
    seenPut(tables.leases, signal, incidentId, false),
    {
      Update: {
        TableName: tables.incidents,
        Key: { incidentId },
        UpdateExpression: keepSignal
          ? 'ADD signalCount :one SET signals = list_append(signals, :signals)'
          : 'ADD signalCount :one',
        ConditionExpression: keepSignal ? 'size(signals) < :most' : 'attribute_exists(incidentId)',
        ExpressionAttributeValues: {
          ':one': 1,
          ...(keepSignal ? { ':signals': [signal], ':most': MAX_SIGNALS } : {}),
        },
      },
    },
  ]);
  if (refused === null) return 'attached';
  return refused[0]?.failed === true ? 'duplicate' : 'full';
};
