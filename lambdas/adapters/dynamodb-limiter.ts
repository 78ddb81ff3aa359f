import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { Clock } from '../../core/shared/ports.ts';
import { parseStored } from './parse-stored.ts';
import { plainItem } from './plain-item.ts';
import { calling } from './sdk-errors.ts';

export interface Allowance {
  /** Requests of one caller within one window. */
  readonly perWindow: number;
  readonly windowSeconds: number;
  /** Requests of one caller within one day (UTC). */
  readonly perDay: number;
}

const UsedSchema = z.object({ window: z.number(), used: z.number(), day: z.number(), total: z.number() });
const DAY_SECONDS = 86_400;

/**
 * Counts a caller's requests in one item: one conditional write takes a request, a second one begins a new window or day.
 *
 * @returns seconds until the caller may ask again; null when it may now
 */
export const takeRequest = async (
  client: DynamoDBDocumentClient,
  table: string,
  allowance: Allowance,
  clock: Clock,
  subject: string,
): Promise<{ readonly retryAfterSeconds: number | null }> => {
  const seconds = Math.floor(clock.now() / 1_000);
  const window = Math.floor(seconds / allowance.windowSeconds);
  const day = Math.floor(seconds / DAY_SECONDS);
  const names = { '#window': 'window', '#used': 'used', '#day': 'day', '#total': 'total' };
  const update = (expression: string, condition: string, values: Readonly<Record<string, number>>) =>
    new UpdateCommand({
      TableName: table,
      Key: { kind: 'rate', id: subject },
      UpdateExpression: expression,
      ConditionExpression: condition,
      ExpressionAttributeNames: names,
      ExpressionAttributeValues: values,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
  const take = update(
    'ADD #used :one, #total :one',
    '#window = :window AND #day = :day AND #used < :most AND #total < :mostADay',
    { ':one': 1, ':window': window, ':day': day, ':most': allowance.perWindow, ':mostADay': allowance.perDay },
  );
  const refused = await send(client, take);
  if (refused === null) return { retryAfterSeconds: null };
  if (refused.day === day && refused.total >= allowance.perDay) {
    return { retryAfterSeconds: (day + 1) * DAY_SECONDS - seconds };
  }
  if (refused.window === window && refused.day === day) {
    return { retryAfterSeconds: (window + 1) * allowance.windowSeconds - seconds };
  }
  const begin = new UpdateCommand({
    TableName: table,
    Key: { kind: 'rate', id: subject },
    UpdateExpression: 'SET #window = :window, #used = :one, #day = :day, #total = :total, #ttl = :ttl',
    ConditionExpression: 'attribute_not_exists(#window) OR #window < :window',
    ExpressionAttributeNames: { ...names, '#ttl': 'ttl' },
    ExpressionAttributeValues: {
      ':window': window,
      ':one': 1,
      ':day': day,
      ':total': refused.day === day ? refused.total + 1 : 1,
      ':ttl': seconds + 2 * DAY_SECONDS,
    },
    ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
  });
  // Whoever loses the race to begin the window takes its request from what the winner began.
  if ((await send(client, begin)) === null) return { retryAfterSeconds: null };
  return { retryAfterSeconds: (await send(client, take)) === null ? null : 1 };
};

const send = async (
  client: DynamoDBDocumentClient,
  command: UpdateCommand,
): Promise<z.output<typeof UsedSchema> | null> => {
  try {
    await calling('dynamodb:UpdateItem', () => client.send(command));
    return null;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    if (error.Item === undefined) return { window: -1, used: 0, day: -1, total: 0 };
    return parseStored(UsedSchema, plainItem(error.Item), 'allowance of a caller');
  }
};
