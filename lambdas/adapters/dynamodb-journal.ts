import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { PutCommand, paginateQuery } from '@aws-sdk/lib-dynamodb';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { JournalRecordSchema } from '../../core/contracts/journal.ts';
import type { Appended, Journal } from '../../core/shared/ports.ts';
import { parseStored } from './parse-stored.ts';
import { plainItem } from './plain-item.ts';
import { calling } from './sdk-errors.ts';
import type { Refusal, TransactItems } from './dynamodb-transaction.ts';

const NOT_TAKEN = 'attribute_not_exists(incidentId)';

/** The append-only journal: a place in a chain is taken once, and whoever comes second gets what is there. */
export const dynamodbJournal = (client: DynamoDBDocumentClient, tableName: string): Journal => ({
  append: async (record) => {
    try {
      await calling('dynamodb:PutItem', () =>
        client.send(
          new PutCommand({
            TableName: tableName,
            Item: record,
            ConditionExpression: NOT_TAKEN,
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        ),
      );
      return { status: 'appended' };
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || error.Item === undefined) throw error;
      return existing(plainItem(error.Item));
    }
  },
  read: async (incidentId) => (await storedRecords(client, tableName, incidentId)).map(parseRecord),
});

/** The records as they are stored, for whoever does not trust them. */
export const storedRecords = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  incidentId: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> => {
  const records: Record<string, unknown>[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: tableName,
      KeyConditionExpression: 'incidentId = :id',
      ExpressionAttributeValues: { ':id': incidentId },
      ConsistentRead: true,
    },
  );
  await calling('dynamodb:Query', async () => {
    for await (const { Items = [] } of pages) records.push(...Items);
  });
  return records;
};

/** The record as one item of a larger transaction. */
export const journalPut = (tableName: string, record: JournalRecord): TransactItems[number] => ({
  Put: {
    TableName: tableName,
    Item: record,
    ConditionExpression: NOT_TAKEN,
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  },
});

/** What the journal's item of a refused transaction says: null when it was not the journal that refused. */
export const journalRefusal = (refusal: Refusal | undefined): Extract<Appended, { status: 'exists' }> | null =>
  refusal?.failed === true && refusal.existing !== null ? existing(refusal.existing) : null;

const existing = (item: Readonly<Record<string, unknown>>) => ({
  status: 'exists' as const,
  record: parseRecord(item),
});

const parseRecord = (item: Readonly<Record<string, unknown>>): JournalRecord =>
  parseStored(JournalRecordSchema, item, `journal record ${String(item['incidentId'])}/${String(item['seq'])}`);
