import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { LEAST_REMEMBERED } from '../../core/guard/loop-stops.ts';
import type { Appended, AttemptEnd } from '../../core/shared/ports.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { fromIso } from '../../core/shared/units.ts';
import type { LessonTables } from './dynamodb-experiences.ts';
import { lessonItems } from './dynamodb-experiences.ts';
import { journalPut, journalRefusal } from './dynamodb-journal.ts';
import { HISTORY_TTL_SECONDS, leaseKeys } from './dynamodb-leases.ts';
import type { TransactItems } from './dynamodb-transaction.ts';
import { writeAll } from './dynamodb-transaction.ts';

export interface EndTables {
  readonly incidents: string;
  readonly journal: string;
  readonly leases: string;
}

/**
 * Ends an attempt in one transaction: its last record, the incident's view, the lease and slot it held, the workload's
 * history and, when the incident is closed, its pointers and what it taught. All of it happens once, or none.
 *
 * @param history - whether the workload's newest actions have room for one more, which the first try finds out
 */
export const endAttempt = async (
  client: DynamoDBDocumentClient,
  tables: EndTables & Partial<LessonTables>,
  end: AttemptEnd,
  history: 'room' | 'full' = 'room',
): Promise<Appended> => {
  const items = [journalPut(tables.journal, end.record), ...endItems(tables, end, history)];
  const refused = await writeAll(client, items);
  if (refused === null) return { status: 'appended' };
  const existing = journalRefusal(refused[0]);
  if (existing !== null) return existing;
  const actions = items.findIndex(({ Update }) => Update?.Key?.['resource'] === leaseKeys.history(end.workloadId));
  if (refused[actions]?.failed === true) {
    return endAttempt(client, tables, end, history === 'room' ? 'full' : 'room');
  }
  // A member may belong to another incident by now: it is that one's to let go.
  const lost = end.members.filter((_, index) => refused[refused.length - end.members.length + index]?.failed === true);
  if (end.close && lost.length > 0) {
    return endAttempt(
      client,
      tables,
      { ...end, members: end.members.filter((member) => !lost.includes(member)) },
      history,
    );
  }
  // Another incident has said already that the earlier cure did not last: it is said once.
  const relapse = items.findIndex(({ Put }) => Put?.Item?.['executionId'] === end.relapse?.executionId);
  if (end.relapse != null && refused[relapse]?.failed === true) {
    return endAttempt(client, tables, { ...end, relapse: null }, history);
  }
  // The lease ran out and another incident has it: there is nothing left to release.
  if (end.lease !== null) return endAttempt(client, tables, { ...end, lease: null }, history);
  throw new DependencyUnavailableError(`the end of ${end.record.incidentId} met a concurrent change: try again`);
};

const endItems = (
  tables: EndTables & Partial<LessonTables>,
  end: AttemptEnd,
  history: 'room' | 'full',
): TransactItems => [
  viewUpdate(tables.incidents, end),
  slotRelease(tables.leases, end),
  ...(end.lease === null ? [] : [leaseRelease(tables.leases, end.lease)]),
  ...(end.pastAction === null ? [] : [historyUpdate(tables.leases, end, history)]),
  ...lessons(tables, end),
  // Last, so that their refusals are found by their place.
  ...(end.close ? end.members.map((member) => pointerClose(tables.leases, member, end)) : []),
];

const lessons = ({ experiences, qtable }: Partial<LessonTables>, end: AttemptEnd): TransactItems => {
  const events = [end.experience, end.relapse ?? null].flatMap((event) => event ?? []);
  if (events.length === 0) return [];
  if (experiences === undefined || qtable === undefined)
    throw new Error('this function was not given the tables to learn');
  return lessonItems({ experiences, qtable }, events);
};

const viewUpdate = (table: string, { incident }: AttemptEnd): TransactItems[number] => {
  // What belongs to the key, or is written only when signals are attached, stays as it is.
  const { incidentId, signalCount: _count, severity: _severity, ...view } = incident;
  const names = Object.keys(view);
  return {
    Update: {
      TableName: table,
      Key: { incidentId },
      UpdateExpression: `SET ${names.map((name) => `#${name} = :${name}`).join(', ')} REMOVE approval`,
      ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: Object.fromEntries(Object.entries(view).map(([name, value]) => [`:${name}`, value])),
    },
  };
};

/** Expires the lease and keeps its token: tokens only ever grow. */
const leaseRelease = (table: string, lease: NonNullable<AttemptEnd['lease']>): TransactItems[number] => ({
  Update: {
    TableName: table,
    Key: { resource: leaseKeys.lease(lease.resource) },
    UpdateExpression: 'SET expiresAt = :past',
    ConditionExpression: 'fencingToken = :token',
    ExpressionAttributeValues: { ':past': 0, ':token': lease.fencingToken },
  },
});

const slotRelease = (table: string, { record }: AttemptEnd): TransactItems[number] => ({
  Update: {
    TableName: table,
    Key: { resource: leaseKeys.slots },
    UpdateExpression: 'DELETE acting :me',
    ExpressionAttributeValues: { ':me': new Set([record.incidentId]) },
  },
});

/** Appends to the newest actions; where these are full, they become the older ones, and the older ones are forgotten. */
const historyUpdate = (
  table: string,
  { workloadId, pastAction, record }: AttemptEnd,
  history: 'room' | 'full',
): TransactItems[number] => {
  const append = history === 'room';
  return {
    Update: {
      TableName: table,
      Key: { resource: leaseKeys.history(workloadId) },
      UpdateExpression: append
        ? 'SET actions = list_append(if_not_exists(actions, :none), :action), #ttl = :ttl'
        : 'SET older = actions, actions = :action, #ttl = :ttl',
      ConditionExpression: append ? 'attribute_not_exists(actions) OR size(actions) < :room' : 'size(actions) >= :room',
      ExpressionAttributeNames: { '#ttl': 'ttl' },
      ExpressionAttributeValues: {
        ...(append ? { ':none': [] } : {}),
        ':action': [pastAction],
        ':room': LEAST_REMEMBERED,
        ':ttl': Math.round(fromIso(record.at) / 1_000) + HISTORY_TTL_SECONDS,
      },
    },
  };
};

/** Lets go of a member that is still this incident's. A root that was in no trouble is remembered: often, that is flapping. */
const pointerClose = (
  table: string,
  member: string,
  { record, incident, workloadId }: AttemptEnd,
): TransactItems[number] => {
  const wasNothing = incident.status === 'dismissed' && member === workloadId;
  return {
    Update: {
      TableName: table,
      Key: { resource: leaseKeys.incident(member) },
      UpdateExpression: `SET incidentId = :me, #open = :closed, closedAt = :now${wasNothing ? ' ADD dismissals :dismissal' : ''}`,
      ConditionExpression: 'attribute_not_exists(#resource) OR incidentId = :me',
      ExpressionAttributeNames: { '#open': 'open', '#resource': 'resource' },
      ExpressionAttributeValues: {
        ':me': record.incidentId,
        ':closed': false,
        ':now': fromIso(record.at),
        ...(wasNothing ? { ':dismissal': new Set([fromIso(record.at)]) } : {}),
      },
    },
  };
};
