import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { systemClock } from '../adapters/clock.ts';
import { takeRequest } from '../adapters/dynamodb-limiter.ts';
import { logger } from '../shared/telemetry.ts';
import type { TakeRequest } from './gate.ts';

const WINDOW_SECONDS = 10;

/**
 * Takes requests from callers' allowances.
 *
 * @param allowance - requests in ten seconds and in a day, `100/100000`
 */
export const takeFrom = (client: DynamoDBDocumentClient, table: string, allowance: string): TakeRequest => {
  const [perWindow = 0, perDay = 0] = allowance.split('/').map(Number);
  return async (subject) => {
    try {
      return await takeRequest(
        client,
        table,
        { perWindow, windowSeconds: WINDOW_SECONDS, perDay },
        systemClock,
        subject,
      );
    } catch (error) {
      // The allowance protects, it does not authorise: stopping everything must work without this table.
      logger.warn('the allowance of a caller cannot be read', { error: error as Error });
      return { retryAfterSeconds: null };
    }
  };
};
