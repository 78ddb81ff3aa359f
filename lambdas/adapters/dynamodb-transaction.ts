import { setTimeout as sleep } from 'node:timers/promises';
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient, TransactWriteCommandInput } from '@aws-sdk/lib-dynamodb';
import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { plainItem } from './plain-item.ts';
import { calling } from './sdk-errors.ts';

export type TransactItems = NonNullable<TransactWriteCommandInput['TransactItems']>;

/** Per item of a cancelled transaction: whether its condition failed, and what was there instead. */
export interface Refusal {
  readonly failed: boolean;
  readonly existing: Readonly<Record<string, unknown>> | null;
}

/**
 * A transaction that meets another one on the same item is cancelled, and the SDK does not try again by itself. Five tries with
 * up to 25, 50, 100 and 200 ms between them: two writers of one incident are apart after the first, a storm's after the third.
 */
const TRIES = 5;
const FIRST_PAUSE_MS = 25;

/**
 * Writes all items or none; what was cancelled only because a concurrent transaction was in the way is tried again, after a
 * random while, so that those who met do not meet again.
 *
 * @returns null when written; else, by position, which conditions failed and the item that was in the way (for items
 *   that ask for it with `ReturnValuesOnConditionCheckFailure`)
 * @throws DependencyUnavailableError when the transaction was cancelled again and again, or for a reason that is no
 *   condition of ours: trying later may help
 */
export const writeAll = async (
  client: DynamoDBDocumentClient,
  items: TransactItems,
): Promise<readonly Refusal[] | null> => {
  for (let tried = 1; ; tried += 1) {
    try {
      const command = new TransactWriteCommand({ TransactItems: items });
      await calling('dynamodb:TransactWriteItems', () => client.send(command));
      return null;
    } catch (error) {
      if (!(error instanceof TransactionCanceledException)) throw error;
      const reasons = error.CancellationReasons ?? [];
      if (reasons.some(({ Code }) => Code === 'ConditionalCheckFailed')) {
        return reasons.map(({ Code, Item }) => ({
          failed: Code === 'ConditionalCheckFailed',
          existing: Item === undefined ? null : plainItem(Item),
        }));
      }
      if (tried === TRIES || !reasons.some(({ Code }) => isPassing(Code))) {
        const codes = reasons.map(({ Code }) => Code).join(', ');
        throw new DependencyUnavailableError(`transaction was cancelled ${tried} times: ${codes}`, { cause: error });
      }
      await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** (tried - 1));
    }
  }
};

/** Somebody else is writing the same item, or too much is written at once. */
const isPassing = (code: string | undefined): boolean =>
  code === 'TransactionConflict' || code === 'ThrottlingError' || code === 'ProvisionedThroughputExceeded';
