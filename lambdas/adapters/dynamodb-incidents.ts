import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchGetCommand, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import type { Evidence } from '../../core/contracts/evidence.ts';
import type { ApprovalRequest, Incident } from '../../core/contracts/incident.ts';
import { ApprovalRequestSchema, IncidentSchema, IncidentStatusSchema } from '../../core/contracts/incident.ts';
import type { Signal } from '../../core/contracts/signal.ts';
import { SignalSchema } from '../../core/contracts/signal.ts';
import { WorkloadSchema } from '../../core/contracts/workload.ts';
import type { IncidentContext, IncidentStore } from '../../core/shared/ports.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { fromIso } from '../../core/shared/units.ts';
import { endAttempt, type EndTables } from './dynamodb-end-attempt.ts';
import { journalPut } from './dynamodb-journal.ts';
import { SIGNAL_TTL_SECONDS, leaseKeys } from './dynamodb-leases.ts';
import type { Refusal, TransactItems } from './dynamodb-transaction.ts';
import { writeAll } from './dynamodb-transaction.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

/** Signals kept with an incident for its evidence; further ones are only counted. */
const MAX_SIGNALS = 20;
const EARLIER_INCIDENTS = 10;

export interface IncidentTables extends EndTables {
  readonly workloads: string;
}

/** An item of `incident#<workload>`: the open incident, or the last one and when it ended. */
const PointerSchema = z.object({ incidentId: z.string(), open: z.boolean() });
const SeenSchema = z.object({ incidentId: z.string(), opener: z.boolean() });
const StoredSignals = z.object({ signals: z.array(SignalSchema).default([]) });

export const dynamodbIncidents = (client: DynamoDBDocumentClient, tables: IncidentTables): IncidentStore => ({
  open: async ({ incident, signal, record, members }) => {
    const refused = await writeAll(client, [
      seenPut(tables.leases, signal, incident.incidentId, true),
      ...members.map((member) => pointerPut(tables.leases, member, incident)),
      { Put: { TableName: tables.incidents, Item: { ...incident, signals: [signal] } } },
      journalPut(tables.journal, record),
    ]);
    return refused === null ? { status: 'opened' } : whyNotOpened(refused, members.length);
  },

  attach: async (incidentId, signal) => {
    const keep = await attach(client, tables, incidentId, signal, true);
    if (keep === 'full')
      return (await attach(client, tables, incidentId, signal, false)) === 'duplicate' ? 'duplicate' : 'attached';
    return keep;
  },

  get: async (incidentId) => {
    const { Item } = await calling('dynamodb:GetItem', () =>
      client.send(new GetCommand({ TableName: tables.incidents, Key: { incidentId }, ConsistentRead: true })),
    );
    return Item === undefined ? null : parseIncident(Item);
  },

  endAttempt: (end) => endAttempt(client, tables, end),

  requestApproval: async (request) => {
    await calling('dynamodb:UpdateItem', () =>
      client.send(
        new UpdateCommand({
          TableName: tables.incidents,
          Key: { incidentId: request.incidentId },
          UpdateExpression: 'SET approval = :approval, #status = :waiting',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: { ':approval': request, ':waiting': 'awaiting_approval' },
        }),
      ),
    );
  },
});

/** What Sense reads of its own tables: the incident with its signals and the workloads around it, in one request. */
export const incidentContext = async (
  client: DynamoDBDocumentClient,
  tables: Pick<IncidentTables, 'incidents' | 'workloads'>,
  incidentId: string,
  members: readonly string[],
): Promise<IncidentContext> => {
  const answer = await calling('dynamodb:BatchGetItem', () =>
    client.send(
      new BatchGetCommand({
        RequestItems: {
          [tables.incidents]: { Keys: [{ incidentId }], ConsistentRead: true },
          [tables.workloads]: { Keys: members.map((workloadId) => ({ workloadId })) },
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

const EarlierSchema = z.object({ incidentId: z.string(), openedAt: z.iso.datetime(), status: IncidentStatusSchema });

/** The pending question of an incident; null when nobody was asked. */
export const approvalRequestOf = (item: Readonly<Record<string, unknown>>): ApprovalRequest | null =>
  item['approval'] === undefined ? null : parseStored(ApprovalRequestSchema, item['approval'], 'approval request');

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
  tables: IncidentTables,
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
