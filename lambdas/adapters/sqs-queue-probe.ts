import { GetQueueAttributesCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { InvalidInputError } from '../../core/shared/errors.ts';
import { calling } from './sdk-errors.ts';
import { UNKNOWN_STATE } from '../../core/evidence/unknown-state.ts';
import type { ProbeOf } from './workload-probes.ts';

const DepthSchema = z.coerce.number().int().min(0);

/** How many messages lie in a queue; the service's own figure, which may lag by a minute. */
export const queueDepth = async (client: SQSClient, queueUrl: string): Promise<number> => {
  const command = new GetQueueAttributesCommand({
    QueueUrl: queueUrl,
    AttributeNames: ['ApproximateNumberOfMessages'],
  });
  const { Attributes } = await calling('sqs:GetQueueAttributes', () => client.send(command), queueUrl);
  const depth = DepthSchema.safeParse(Attributes?.ApproximateNumberOfMessages);
  if (depth.success) return depth.data;
  const found = JSON.stringify(Attributes?.ApproximateNumberOfMessages);
  throw new InvalidInputError(`${queueUrl}: ApproximateNumberOfMessages is ${found}, a count is expected`);
};

export const sqsQueueProbe =
  (client: SQSClient): ProbeOf<'sqs-queue'> =>
  async ({ deadLetterQueueUrl }) => ({
    ...UNKNOWN_STATE,
    deadLetters: await queueDepth(client, deadLetterQueueUrl),
  });
