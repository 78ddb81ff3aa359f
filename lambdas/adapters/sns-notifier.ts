import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Notifier } from '../../core/shared/ports.ts';
import { calling } from './sdk-errors.ts';

/** Limits of SNS: a subject is up to 100 printable ASCII characters, a message up to 256 KB. */
const MAX_SUBJECT_CHARACTERS = 100;
const MAX_BODY_BYTES = 256 * 1024 - 1_024;

export const snsNotifier = (client: SNSClient, topicArn: string): Notifier => ({
  notify: async ({ subject, body, incidentId }) => {
    const command = new PublishCommand({
      TopicArn: topicArn,
      Subject: toSubject(subject),
      Message: toBody(body),
      MessageAttributes: { incidentId: { DataType: 'String', StringValue: incidentId } },
    });
    await calling('sns:Publish', () => client.send(command), topicArn);
  },
});

/** A subject that SNS accepts: anything else in it would lose the whole message. */
export const toSubject = (text: string): string => {
  const printable = text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .trim();
  return printable.length > MAX_SUBJECT_CHARACTERS
    ? `${printable.slice(0, MAX_SUBJECT_CHARACTERS - 3)}...`
    : printable || 'Kintsugi';
};

const toBody = (text: string): string => {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length <= MAX_BODY_BYTES ? text : `${bytes.subarray(0, MAX_BODY_BYTES - 4).toString('utf8')} ...`;
};
