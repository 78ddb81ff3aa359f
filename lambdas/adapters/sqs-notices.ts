import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Delivery, Notice } from '../../core/contracts/notice.ts';
import type { Notifier } from '../../core/shared/ports.ts';
import type { DurationMs } from '../../core/shared/units.ts';
import { calling } from './sdk-errors.ts';

/** SQS holds a message back for 15 minutes at most. */
const LONGEST_SECONDS = 900;

const send = async (client: SQSClient, queueUrl: string, message: Notice | Delivery, seconds = 0): Promise<void> => {
  const command = new SendMessageCommand({
    QueueUrl: queueUrl,
    MessageBody: JSON.stringify(message),
    DelaySeconds: Math.min(LONGEST_SECONDS, Math.max(0, Math.ceil(seconds))),
  });
  await calling('sqs:SendMessage', () => client.send(command), queueUrl);
};

/** Puts notices into the queue of what people are to be told. */
export const sqsNotifier = (client: SQSClient, queueUrl: string): Notifier => ({
  notify: (notice) => send(client, queueUrl, notice),
});

/** Puts a delivery into the same queue, where it waits for its time: whoever gets it too early sends it once more. */
export const sqsDeliveries =
  (client: SQSClient, queueUrl: string) =>
  (delivery: Delivery, delay: DurationMs): Promise<void> =>
    send(client, queueUrl, delivery, delay / 1_000);
