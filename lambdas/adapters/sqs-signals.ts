import type { SQSClient } from '@aws-sdk/client-sqs';
import {
  ChangeMessageVisibilityBatchCommand,
  GetQueueAttributesCommand,
  SendMessageCommand,
} from '@aws-sdk/client-sqs';
import type { DurationMs } from '../../core/shared/units.ts';
import { calling } from './sdk-errors.ts';

/** A message as its consumer has it in hands. */
export interface ReceivedMessage {
  readonly receiptHandle: string;
  readonly attributes: { readonly ApproximateReceiveCount: number };
}

/** The queue of signals as the Issue Monitor needs it, besides being called with its messages. */
export interface SignalQueue {
  /** Puts a message in that is delivered after a while, 15 minutes at most: SQS holds none back longer. */
  send(body: string, delay: DurationMs): Promise<void>;
  /** Messages that wait to be delivered, or are with somebody; those that are held back until later are not among them. */
  unfinished(): Promise<number>;
  /** Lets messages that failed come back soon, later with each time. */
  postpone(messages: readonly ReceivedMessage[]): Promise<void>;
}

const MAX_DELAY_SECONDS = 900;

/**
 * Seconds until a message is delivered again, by how often it has failed. What was in the way is mostly gone after moments,
 * and a storm must not wait three minutes for its last signals; after the fourth failure it is the queue's own timeout.
 */
const PAUSES = [3, 10, 30, 90];

export const sqsSignals = (client: SQSClient, queueUrl: string): SignalQueue => ({
  send: async (body, delay) => {
    const command = new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: body,
      DelaySeconds: Math.min(MAX_DELAY_SECONDS, Math.ceil(delay / 1_000)),
    });
    await calling('sqs:SendMessage', () => client.send(command), queueUrl);
  },
  unfinished: async () => {
    const command = new GetQueueAttributesCommand({
      QueueUrl: queueUrl,
      AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
    });
    const { Attributes = {} } = await calling('sqs:GetQueueAttributes', () => client.send(command), queueUrl);
    return Object.values(Attributes).reduce((sum, value) => sum + Number(value), 0);
  },
  postpone: async (messages) => {
    const Entries = messages.flatMap(({ receiptHandle, attributes }, index) => {
      const pause = PAUSES[attributes.ApproximateReceiveCount - 1];
      // Half of it is chance, so that those who were in each other's way come back apart.
      const VisibilityTimeout = Math.ceil(((pause ?? 0) * (1 + Math.random())) / 2);
      return pause === undefined ? [] : [{ Id: String(index), ReceiptHandle: receiptHandle, VisibilityTimeout }];
    });
    if (Entries.length === 0) return;
    const command = new ChangeMessageVisibilityBatchCommand({ QueueUrl: queueUrl, Entries });
    await calling('sqs:ChangeMessageVisibility', () => client.send(command), queueUrl);
  },
});
