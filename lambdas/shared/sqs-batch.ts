import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import { logger } from './telemetry.ts';

export const SqsEventSchema = z.object({
  Records: z.array(z.object({ messageId: z.string(), body: z.string() })),
});
export type SqsEvent = z.output<typeof SqsEventSchema>;

/**
 * Handles the messages of a batch together.
 *
 * @param handle - answers for each body with what went wrong with it, or null: those that failed are delivered again
 */
export const wholeBatch = async (
  event: SqsEvent,
  handle: (bodies: readonly string[]) => Promise<readonly unknown[]>,
): Promise<SQSBatchResponse> => {
  const errors = await handle(event.Records.map(({ body }) => body));
  return failuresOf(event, (index) => errors[index] ?? null);
};

/** Handles each message by itself: one that fails is delivered again, and holds up no other. */
export const eachMessage = async (
  event: SqsEvent,
  handle: (body: string) => Promise<void>,
): Promise<SQSBatchResponse> => {
  const results = await Promise.allSettled(event.Records.map(({ body }) => handle(body)));
  return failuresOf(event, (index) => {
    const result = results[index];
    return result?.status === 'rejected' ? result.reason : null;
  });
};

const failuresOf = (event: SqsEvent, errorOf: (index: number) => unknown): SQSBatchResponse => ({
  batchItemFailures: event.Records.flatMap(({ messageId }, index) => {
    const error = errorOf(index);
    if (error === null) return [];
    logger.error('message failed', { messageId, error: error as Error });
    return [{ itemIdentifier: messageId }];
  }),
});
