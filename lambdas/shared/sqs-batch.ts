import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import { logger } from './telemetry.ts';

export const SqsEventSchema = z.object({
  Records: z.array(z.object({ messageId: z.string(), body: z.string() })),
});
export type SqsEvent = z.output<typeof SqsEventSchema>;

/** Handles each message by itself: one that fails is delivered again, and holds up no other. */
export const eachMessage = async (
  event: SqsEvent,
  handle: (body: string) => Promise<void>,
): Promise<SQSBatchResponse> => {
  const results = await Promise.allSettled(event.Records.map(({ body }) => handle(body)));
  const batchItemFailures = event.Records.flatMap(({ messageId }, index) => {
    const result = results[index];
    if (result?.status !== 'rejected') return [];
    logger.error('message failed', { messageId, error: result.reason as Error });
    return [{ itemIdentifier: messageId }];
  });
  return { batchItemFailures };
};
