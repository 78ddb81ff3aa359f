import type { SQSClient } from '@aws-sdk/client-sqs';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { FollowUp } from '../../core/incident/follow-up.ts';
import type { DurationMs } from '../../core/shared/units.ts';
import { calling } from './sdk-errors.ts';

/** Puts a second look into the signals queue, where it waits for its time. SQS holds a message back for 15 minutes at most. */
export const sqsFollowUp =
  (client: SQSClient, queueUrl: string) =>
  async (look: FollowUp, delay: DurationMs): Promise<void> => {
    const command = new SendMessageCommand({
      QueueUrl: queueUrl,
      MessageBody: JSON.stringify(look),
      DelaySeconds: Math.ceil(delay / 1_000),
    });
    await calling('sqs:SendMessage', () => client.send(command), queueUrl);
  };
