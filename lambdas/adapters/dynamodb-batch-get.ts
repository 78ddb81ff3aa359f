import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchGetCommandInput, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { calling } from './sdk-errors.ts';

type Item = Readonly<Record<string, unknown>>;
type Requests = NonNullable<BatchGetCommandInput['RequestItems']>;

/** What is read of one table. */
export interface TableKeys {
  readonly keys: readonly Readonly<Record<string, string>>[];
  /** Whether it must be the newest state; that costs twice as much. */
  readonly consistent: boolean;
}

/** Most keys of one request, over all its tables. */
const MAX_KEYS = 100;
/**
 * Keys are left over when DynamoDB is busy, or when an answer would be above its 16 MB: three requests for a hundred items of
 * 400 KB. Up to 25, 50, 100 and 200 ms between them.
 */
const TRIES = 5;
const FIRST_PAUSE_MS = 25;

/**
 * The items that exist, by table, a hundred keys to a request; keys that an answer leaves over are asked for again.
 *
 * @throws DependencyUnavailableError when some are left over again and again: a key that was not answered is not an absent
 *   item, and taking it for one would open a budget that is used up
 */
export const batchGet = async (
  client: DynamoDBDocumentClient,
  wanted: Readonly<Record<string, TableKeys>>,
): Promise<ReadonlyMap<string, readonly Item[]>> => {
  const found = new Map(Object.keys(wanted).map((table): [string, Item[]] => [table, []]));
  const all = Object.entries(wanted).flatMap(([table, { keys, consistent }]) =>
    keys.map((key) => ({ table, key, consistent })),
  );
  for (let start = 0; start < all.length; start += MAX_KEYS) {
    const requests: Requests = {};
    for (const { table, key, consistent } of all.slice(start, start + MAX_KEYS)) {
      requests[table] = { Keys: [...(requests[table]?.Keys ?? []), key], ConsistentRead: consistent };
    }
    for (const [table, items] of await answersTo(client, requests)) found.get(table)?.push(...items);
  }
  return found;
};

/** The newest state of one table's items, as far as they exist. */
export const batchGetFrom = async (
  client: DynamoDBDocumentClient,
  table: string,
  keys: TableKeys['keys'],
): Promise<readonly Item[]> => (await batchGet(client, { [table]: { keys, consistent: true } })).get(table) ?? [];

const answersTo = async (client: DynamoDBDocumentClient, requests: Requests): Promise<[string, Item[]][]> => {
  const answers: [string, Item[]][] = [];
  let left = requests;
  for (let tried = 1; tried <= TRIES; tried += 1) {
    const command = new BatchGetCommand({ RequestItems: left });
    const { Responses = {}, UnprocessedKeys = {} } = await calling('dynamodb:BatchGetItem', () => client.send(command));
    answers.push(...Object.entries(Responses));
    if (Object.keys(UnprocessedKeys).length === 0) return answers;
    left = UnprocessedKeys;
    if (tried < TRIES) await sleep(Math.random() * FIRST_PAUSE_MS * 2 ** (tried - 1));
  }
  throw new DependencyUnavailableError(`dynamodb:BatchGetItem left keys unprocessed, ${TRIES} times`);
};
