import { isDeepStrictEqual } from 'node:util';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchWriteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ModelPointer, ModelSnapshot } from '../../core/contracts/model.ts';
import { ModelPointerSchema } from '../../core/contracts/model.ts';
import { FIRST_POINTER } from '../../core/model/pointer.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

/** No tier has such a name, so that no decision ever loads it. */
const KEY = { tier: '#model', row: 'pointer' } as const;

/** The pointer's truth: one item beside the rows that it names. */
export const readPointer = async (client: DynamoDBDocumentClient, tableName: string): Promise<ModelPointer> => {
  const command = new GetCommand({ TableName: tableName, Key: KEY, ConsistentRead: true });
  const { Item } = await calling('dynamodb:GetItem', () => client.send(command), tableName);
  return Item === undefined ? FIRST_POINTER : parsePointer(Item);
};

const parsePointer = (item: Readonly<Record<string, unknown>>): ModelPointer =>
  parseStored(ModelPointerSchema, item, 'pointer of the models');

/**
 * One conditional write: of two who continue from the same revision, one is refused. A write that was carried out and not
 * answered is sent once more: what it finds then is its own.
 */
export const flipPointer = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  next: ModelPointer,
): Promise<'flipped' | 'conflict'> => {
  const isFirst = next.revision === 1;
  const command = new PutCommand({
    TableName: tableName,
    Item: { ...KEY, ...next },
    ConditionExpression: isFirst ? 'attribute_not_exists(tier)' : 'revision = :before',
    ...(isFirst ? {} : { ExpressionAttributeValues: { ':before': next.revision - 1 } }),
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  try {
    await calling('dynamodb:PutItem', () => client.send(command), tableName);
    return 'flipped';
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    const isOurs = error.Item !== undefined && isDeepStrictEqual(parsePointer(unmarshall(error.Item)), next);
    return isOurs ? 'flipped' : 'conflict';
  }
};

/** Items that one BatchWriteItem takes. */
const BATCH = 25;
const ATTEMPTS = 5;

/** Writes a version's rows beside the live ones; doing it again writes the same. */
export const installVersion = async (
  client: DynamoDBDocumentClient,
  tableName: string,
  { version, tables }: ModelSnapshot,
): Promise<void> => {
  const rows = Object.entries(tables).flatMap(([tier, byHypothesis]) =>
    Object.entries(byHypothesis).map(([hypothesis, counts]) => ({
      PutRequest: { Item: { ...counts, tier, row: `${version}#${hypothesis}` } },
    })),
  );
  for (let from = 0; from < rows.length; from += BATCH) {
    let left: typeof rows = rows.slice(from, from + BATCH);
    for (let attempt = 0; left.length > 0; attempt += 1) {
      if (attempt === ATTEMPTS) {
        throw new DependencyUnavailableError(`${left.length} rows of ${version} could not be written: throttled`);
      }
      const command = new BatchWriteCommand({ RequestItems: { [tableName]: left } });
      const { UnprocessedItems } = await calling('dynamodb:BatchWriteItem', () => client.send(command), tableName);
      left = (UnprocessedItems?.[tableName] ?? []) as typeof rows;
    }
  }
};
