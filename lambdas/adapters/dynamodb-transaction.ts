import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient, TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { calling } from './sdk-errors.ts';

export type TransactItems = NonNullable<TransactWriteCommandInput['TransactItems']>;

/** Per item of a cancelled transaction: whether its condition failed, and what was there instead. */
export interface Refusal {
  readonly failed: boolean;
  readonly existing: Readonly<Record<string, unknown>> | null;
}

/**
 * Writes all items or none.
 *
 * @returns null when written; else, by position, which conditions failed and the item that was in the way (for items
 *   that ask for it with `ReturnValuesOnConditionCheckFailure`)
 * @throws DependencyUnavailableError when the transaction was cancelled for another reason, such as a conflict with a
 *   concurrent one: trying again may help
 */
export const writeAll = async (
  client: DynamoDBDocumentClient,
  items: TransactItems,
): Promise<readonly Refusal[] | null> => {
  try {
    await calling('dynamodb:TransactWriteItems', () => client.send(new TransactWriteCommand({ TransactItems: items })));
    return null;
  } catch (error) {
    if (!(error instanceof TransactionCanceledException)) throw error;
    const reasons = error.CancellationReasons ?? [];
    if (!reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) {
      const codes = reasons.map(({ Code }) => Code).join(', ');
      throw new DependencyUnavailableError(`transaction was cancelled: ${codes}`, { cause: error });
    }
    return reasons.map(({ Code, Item }) => ({
      failed: Code === 'ConditionalCheckFailed',
      existing: Item === undefined ? null : unmarshall(Item),
    }));
  }
};
