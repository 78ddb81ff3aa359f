import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { IncidentSchema } from '../../core/contracts/incident.ts';
import type { Signal } from '../../core/contracts/signal.ts';
import { SignalSchema } from '../../core/contracts/signal.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { Claim, Deployed, IncidentStore } from '../../core/shared/ports.ts';
import { epochMs, fromIso } from '../../core/shared/units.ts';
import { batchGetFrom } from './dynamodb-batch-get.ts';
import { journalPut } from './dynamodb-journal.ts';
import { SIGNAL_TTL_SECONDS, leaseKeys } from './dynamodb-leases.ts';
import type { Refusal, TransactItems } from './dynamodb-transaction.ts';
import { writeAll } from './dynamodb-transaction.ts';
import { parseStored } from './parse-stored.ts';

/** Where signals find their place: incidents are opened, joined and waited for in these tables. */
export interface PlacementTables {
  readonly incidents: string;
  readonly leases: string;
  readonly journal: string;
}

/** Signals kept with an incident for its evidence; further ones are only counted. */
const MAX_SIGNALS = 20;
/** Nobody's: a workload that has signals waiting and never had an incident. */
const NOBODY = 'none';

/** An item of `incident#<workload>`: the open incident, or the last one and when it ended; and what waits there. */
export const PointerSchema = z.object({
  resource: z.string(),
  incidentId: z.string(),
  open: z.boolean(),
  closedAt: z.number().default(0).transform(epochMs),
  dismissals: z.set(z.number().transform(epochMs)).default(new Set()),
  held: z.set(z.string()).default(new Set()),
  deployment: z.object({ deploymentId: z.string(), at: z.number().transform(epochMs) }).optional(),
});
/** An item of `signal#<id>`: where the signal went, or the signal itself while it waits. */
const SeenSchema = z.object({
  incidentId: z.string(),
  opener: z.boolean().default(false),
  held: SignalSchema.optional(),
});
const OpenIncidentSchema = IncidentSchema.extend({
  signals: z.array(SignalSchema).default([]),
  heardFrom: z.set(z.string()).default(new Set()),
  lastSignalAt: z.number().transform(epochMs).optional(),
});

/** What a workload's item says before its first incident. */
const NEW_POINTER = { ':nobody': NOBODY, ':closed': false, ':never': 0 };
const IF_NEW =
  'incidentId = if_not_exists(incidentId, :nobody), #open = if_not_exists(#open, :closed), closedAt = if_not_exists(closedAt, :never)';

/** The store's side of {@link IncidentStore} on which the Issue Monitor works. */
export const dynamodbPlacement = (
  client: DynamoDBDocumentClient,
  tables: PlacementTables,
): Pick<IncidentStore, 'open' | 'attach' | 'around' | 'deployed' | 'hold' | 'release'> => ({
  open: async ({ incident, signal, record, members, over = {}, flapCount }) => {
    const refused = await writeAll(client, [
      seenPut(tables.leases, signal, incident.incidentId, true),
      ...members.map((member) => claim(tables.leases, member, { incident, signal, over: over[member], flapCount })),
      { Put: { TableName: tables.incidents, Item: { ...incident, signals: [signal], ...heard([signal]) } } },
      journalPut(tables.journal, record),
    ]);
    return refused === null ? { status: 'opened' } : whyNotOpened(refused, members.length, flapCount);
  },
  attach: (incidentId, signals, change = {}) => attach(client, tables, { incidentId, signals, change }),
  around: (workloadIds) => around(client, tables, workloadIds),
  deployed: (deployment) => deployed(client, tables.leases, deployment),
  hold: async (signal) => {
    const refused = await writeAll(client, [
      {
        Put: {
          TableName: tables.leases,
          Item: { ...seenItem(signal, NOBODY), held: signal },
          ConditionExpression: 'attribute_not_exists(#resource)',
          ExpressionAttributeNames: { '#resource': 'resource' },
        },
      },
      {
        Update: {
          TableName: tables.leases,
          Key: { resource: leaseKeys.incident(signal.workloadId) },
          UpdateExpression: `SET ${IF_NEW} ADD held :ids`,
          ExpressionAttributeNames: { '#open': 'open' },
          ExpressionAttributeValues: { ...NEW_POINTER, ':ids': new Set([signal.signalId]) },
        },
      },
    ]);
    return refused === null ? 'held' : 'duplicate';
  },
  release: async (signal) => {
    await writeAll(client, [
      { Put: { TableName: tables.leases, Item: { ...seenItem(signal, NOBODY) } } },
      unhold(tables.leases, signal.workloadId, [signal.signalId]),
    ]);
  },
});

const seenItem = (signal: Signal, incidentId: string, opener = false) => ({
  resource: leaseKeys.signal(signal.signalId),
  incidentId,
  opener,
  ttl: Math.round(fromIso(signal.occurredAt) / 1_000) + SIGNAL_TTL_SECONDS,
});

/** A signal is placed once; one that waited is placed when it no longer does. */
const seenPut = (table: string, signal: Signal, incidentId: string, opener: boolean): TransactItems[number] => ({
  Put: {
    TableName: table,
    Item: seenItem(signal, incidentId, opener),
    ConditionExpression: 'attribute_not_exists(#resource) OR attribute_exists(held)',
    ExpressionAttributeNames: { '#resource': 'resource' },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

const heard = (signals: readonly Signal[]) => ({
  heardFrom: new Set(signals.map(({ workloadId }) => workloadId)),
  lastSignalAt: Math.max(...signals.map(({ occurredAt }) => fromIso(occurredAt))),
});

/**
 * A workload belongs to one open incident; what happened before its last one was closed belongs to that one. A claim that
 * was looked at is replaced only if it is still the same.
 */
const claim = (
  table: string,
  workloadId: string,
  { incident, signal, over, flapCount }: ClaimRequest,
): TransactItems[number] => {
  const isRoot = workloadId === incident.workloadId;
  const update = {
    TableName: table,
    Key: { resource: leaseKeys.incident(workloadId) },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const,
  };
  const values = { ':id': incident.incidentId, ':open': true, ':never': 0 };
  if (over !== undefined) {
    return {
      Update: {
        ...update,
        UpdateExpression: 'SET incidentId = :id, #open = :open, closedAt = :never REMOVE dismissals DELETE held :ids',
        ConditionExpression: 'incidentId = :seenId AND #open = :seenOpen AND closedAt = :seenClosedAt',
        ExpressionAttributeNames: { '#open': 'open' },
        ExpressionAttributeValues: {
          ...values,
          ':ids': new Set([signal.signalId]),
          ':seenId': over.incidentId,
          ':seenOpen': over.open,
          ':seenClosedAt': over.closedAt,
        },
      },
    };
  }
  const isSettled = 'closedAt < :now AND (attribute_not_exists(held) OR size(held) = :never)';
  const isCalm = ' AND (attribute_not_exists(dismissals) OR size(dismissals) < :flapCount)';
  const counted = isRoot && flapCount !== undefined;
  return {
    Update: {
      ...update,
      UpdateExpression: 'SET incidentId = :id, #open = :open, closedAt = :never',
      ConditionExpression: `attribute_not_exists(#resource) OR (#open = :closed AND ${isSettled}${counted ? isCalm : ''})`,
      ExpressionAttributeNames: { '#open': 'open', '#resource': 'resource' },
      ExpressionAttributeValues: {
        ...values,
        ':closed': false,
        ':now': fromIso(incident.openedAt),
        ...(counted ? { ':flapCount': flapCount } : {}),
      },
    },
  };
};

interface ClaimRequest extends Pick<Parameters<IncidentStore['open']>[0], 'incident' | 'signal'> {
  readonly over: Claim | undefined;
  readonly flapCount: number | undefined;
}

const deployed = async (
  client: DynamoDBDocumentClient,
  table: string,
  { workloadId, deploymentId, at }: Deployed,
): Promise<void> => {
  await writeAll(client, [
    {
      Update: {
        TableName: table,
        Key: { resource: leaseKeys.incident(workloadId) },
        UpdateExpression: `SET ${IF_NEW}, deployment = :deployment`,
        ConditionExpression: 'attribute_not_exists(deployment) OR deployment.#at < :at',
        ExpressionAttributeNames: { '#open': 'open', '#at': 'at' },
        ExpressionAttributeValues: { ...NEW_POINTER, ':deployment': { deploymentId, at }, ':at': at },
      },
    },
  ]);
};

const unhold = (table: string, workloadId: string, signalIds: readonly string[]): TransactItems[number] => ({
  Update: {
    TableName: table,
    Key: { resource: leaseKeys.incident(workloadId) },
    UpdateExpression: 'DELETE held :ids',
    ExpressionAttributeValues: { ':ids': new Set(signalIds) },
  },
});

const whyNotOpened = (
  refused: readonly Refusal[],
  members: number,
  flapCount = Infinity,
): Awaited<ReturnType<IncidentStore['open']>> => {
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
  const waiting = pointers.find(({ held, dismissals }) => held.size > 0 || dismissals.size >= flapCount);
  if (waiting !== undefined) return { status: 'unsettled' };
  const closed = pointers[0];
  if (closed !== undefined) return { status: 'late', incidentId: closed.incidentId };
  throw new DependencyUnavailableError('an incident could not be opened, and no item says why: try again');
};

const unholdAll = (table: string, signals: readonly Signal[]): TransactItems =>
  [...new Set(signals.map(({ workloadId }) => workloadId))].map((workloadId) =>
    unhold(
      table,
      workloadId,
      signals.filter((signal) => signal.workloadId === workloadId).map(({ signalId }) => signalId),
    ),
  );

interface Attachment {
  readonly incidentId: string;
  readonly signals: readonly Signal[];
  readonly change: Parameters<IncidentStore['attach']>[2] & object;
}

/** All in one write; signals that turn out to be known already are left out of the next try. */
const attach = async (
  client: DynamoDBDocumentClient,
  tables: PlacementTables,
  { incidentId, signals, change }: Attachment,
): ReturnType<IncidentStore['attach']> => {
  let fresh = signals;
  let form: AttachmentForm = { keeps: true, isNewest: true };
  // Each round either writes, or learns of a known signal, a full list or a newer signal: it cannot go on for ever.
  while (fresh.length > 0) {
    const refused = await writeAll(client, [
      ...fresh.map((signal) => seenPut(tables.leases, signal, incidentId, false)),
      attachment(tables.incidents, { incidentId, signals: fresh, change }, form),
      ...unholdAll(tables.leases, change.waited ?? []),
    ]);
    if (refused === null) break;
    const known = fresh.filter((_, index) => refused[index]?.failed === true);
    if (known.length > 0) {
      fresh = fresh.filter((signal) => !known.includes(signal));
      continue;
    }
    const stored = refused[fresh.length]?.existing ?? null;
    if (stored === null) return 'closed';
    const {
      status,
      signals: kept,
      lastSignalAt = 0,
    } = parseStored(OpenIncidentSchema, stored, `incident ${incidentId}`);
    if (status !== 'open' && status !== 'awaiting_approval') return 'closed';
    const next: AttachmentForm = {
      keeps: form.keeps && kept.length <= MAX_SIGNALS - fresh.length,
      isNewest: form.isNewest && lastSignalAt <= heard(fresh).lastSignalAt,
    };
    if (next.keeps === form.keeps && next.isNewest === form.isNewest) return 'changed';
    form = next;
  }
  return signals.map((signal) => (fresh.includes(signal) ? 'attached' : 'duplicate'));
};

/** What an attachment takes for granted, until the store says otherwise. */
interface AttachmentForm {
  /** There is room for the signals; those past the first twenty are counted, not kept. */
  readonly keeps: boolean;
  /** None came after them: a signal that is delivered late does not turn back the time of the last one. */
  readonly isNewest: boolean;
}

const attachment = (
  table: string,
  { incidentId, signals, change }: Attachment,
  { keeps, isNewest }: AttachmentForm,
): TransactItems[number] => {
  const { heardFrom, lastSignalAt } = heard(signals);
  const { root, severity } = change;
  const changes = Object.entries({ workloadId: root?.to, severity }).filter(([, value]) => value !== undefined);
  const conditions = [
    '#status IN (:open, :asked)',
    ...(keeps ? ['size(signals) <= :room'] : []),
    ...(isNewest ? ['(attribute_not_exists(lastSignalAt) OR lastSignalAt <= :at)'] : []),
    ...(root === undefined ? [] : ['#workloadId = :from']),
    ...(severity === undefined ? [] : ['#severity <= :severity']),
  ];
  const sets = [
    ...(isNewest ? ['lastSignalAt = :at'] : []),
    ...changes.map(([name]) => `#${name} = :${name}`),
    ...(keeps ? ['signals = list_append(signals, :signals)'] : []),
  ];
  return {
    Update: {
      TableName: table,
      Key: { incidentId },
      UpdateExpression: `${sets.length === 0 ? '' : `SET ${sets.join(', ')} `}ADD signalCount :count, heardFrom :heardFrom`,
      ConditionExpression: conditions.join(' AND '),
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      ExpressionAttributeNames: {
        '#status': 'status',
        ...Object.fromEntries(changes.map(([name]) => [`#${name}`, name])),
      },
      ExpressionAttributeValues: {
        ...(isNewest ? { ':at': lastSignalAt } : {}),
        ':count': signals.length,
        ':heardFrom': heardFrom,
        ':open': 'open',
        ':asked': 'awaiting_approval',
        ...Object.fromEntries(changes.map(([name, value]) => [`:${name}`, value])),
        ...(keeps ? { ':signals': [...signals], ':room': MAX_SIGNALS - signals.length } : {}),
        ...(root === undefined ? {} : { ':from': root.from }),
      },
    },
  };
};

const workloadOf = (resource: string): string => resource.slice(leaseKeys.incident('').length);

const around = async (
  client: DynamoDBDocumentClient,
  tables: PlacementTables,
  workloadIds: readonly string[],
): ReturnType<IncidentStore['around']> => {
  const keys = workloadIds.map((workloadId) => ({ resource: leaseKeys.incident(workloadId) }));
  const pointers = (await batchGetFrom(client, tables.leases, keys)).map((item) =>
    parseStored(PointerSchema, item, 'incident pointer'),
  );
  const open = new Set(pointers.flatMap(({ open: isOpen, incidentId }) => (isOpen ? [incidentId] : [])));
  const waiting = pointers.flatMap(({ held }) => [...held]);
  // Of a workload that may be flapping the last incident is read too: how bad it was is what a worse one is told by.
  const suspected = pointers.flatMap(({ dismissals, incidentId }) => (dismissals.size > 0 ? [incidentId] : []));
  const ids = [...new Set([...open, ...suspected])].filter((incidentId) => incidentId !== NOBODY);
  const [items, signals] = await Promise.all([
    batchGetFrom(
      client,
      tables.incidents,
      ids.map((incidentId) => ({ incidentId })),
    ),
    batchGetFrom(
      client,
      tables.leases,
      waiting.map((signalId) => ({ resource: leaseKeys.signal(signalId) })),
    ),
  ]);
  const incidents = items.map((item) =>
    parseStored(OpenIncidentSchema, item, `incident ${String(item['incidentId'])}`),
  );
  return {
    claims: Object.fromEntries(
      pointers.map(({ resource, incidentId, open: isOpen, closedAt, dismissals }) => [
        workloadOf(resource),
        {
          incidentId,
          open: isOpen,
          closedAt,
          dismissals: [...dismissals].sort((a, b) => a - b),
          severity: incidents.find((incident) => incident.incidentId === incidentId)?.severity ?? 0,
        },
      ]),
    ),
    incidents: incidents.flatMap(({ signals: kept, heardFrom, lastSignalAt, ...incident }) => {
      if (!open.has(incident.incidentId)) return [];
      return {
        incident,
        heardFrom: [...new Set([...heardFrom, ...kept.map(({ workloadId }) => workloadId)])],
        lastSignalAt: lastSignalAt ?? fromIso(incident.openedAt),
      };
    }),
    held: signals.flatMap((item) => parseStored(SeenSchema, item, 'signal').held ?? []),
    deployments: pointers.flatMap(({ resource, deployment }) =>
      deployment === undefined ? [] : [{ workloadId: workloadOf(resource), ...deployment }],
    ),
  };
};
