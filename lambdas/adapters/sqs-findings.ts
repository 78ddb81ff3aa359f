import { type SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Finding } from '../../core/incident/finding.ts';
import { calling } from './sdk-errors.ts';

/** Puts findings, of which there are few, into the queue of signals: all, or an error. A copy has the same id and does no harm. */
export const sendFindings = async (
  client: SQSClient,
  queueUrl: string,
  findings: readonly Finding[],
): Promise<void> => {
  for (const finding of findings) {
    const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(finding) });
    await calling('sqs:SendMessage', () => client.send(command), queueUrl);
  }
};
