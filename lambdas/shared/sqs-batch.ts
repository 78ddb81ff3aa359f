import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import { logger } from './telemetry.ts';

export const SqsEventSchema = z.object({
  Records: z.array(
    z.object({
      messageId: z.string(),
      receiptHandle: z.string(),
      body: z.string(),
      attributes: z.object({ ApproximateReceiveCount: z.coerce.number().int().positive() }),
    }),
  ),
});
export type SqsEvent = z.output<typeof SqsEventSchema>;
export type SqsRecord = SqsEvent['Records'][number];

/**
 * Handles the messages of a batch together.
 *
 * @param handle - answers for each body with what went wrong with it, or null: those that failed are delivered again
 * @param postpone - told of those that failed, to say when: without it they come back after the queue's visibility timeout
 */
export const wholeBatch = async (
  event: SqsEvent,
  handle: (bodies: readonly string[]) => Promise<readonly unknown[]>,
  postpone: (failed: readonly SqsRecord[]) => Promise<void>,
): Promise<SQSBatchResponse> => {
  const errors = await handle(event.Records.map(({ body }) => body));
  const failed = event.Records.filter((_, index) => (errors[index] ?? null) !== null);
  if (failed.length > 0) await postpone(failed);
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
