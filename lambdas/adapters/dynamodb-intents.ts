import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { CoordinationStore, Intended } from '../../core/shared/ports.ts';
import { journalPut, journalRefusal } from './dynamodb-journal.ts';
import { leaseKeys } from './dynamodb-leases.ts';
import { writeAll } from './dynamodb-transaction.ts';

/** All that Act needs of the Leases table. */
export const dynamodbIntents = (
  client: DynamoDBDocumentClient,
  tables: { readonly leases: string; readonly journal: string },
): Pick<CoordinationStore, 'intend'> => ({
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
