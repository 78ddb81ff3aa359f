import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { Message } from '../../core/notification/message.ts';
import { textOf } from '../../core/notification/message.ts';
import { calling } from './sdk-errors.ts';

/** Limits of SNS: a subject is up to 100 printable ASCII characters, a message up to 256 KB. */
const MAX_SUBJECT_CHARACTERS = 100;
const MAX_BODY_BYTES = 256 * 1024 - 1_024;

/**
 * Publishes a message to the topic that mailboxes subscribe to. A subscription can be limited to a recipient by a filter on
 * the attribute `recipient`; the incident's id ends the subject, for those who sort their mail.
 */
export const sendMail = async (
  client: SNSClient,
  topicArn: string,
  recipient: string,
  message: Message,
): Promise<void> => {
  const { incidentId } = message;
  const command = new PublishCommand({
    TopicArn: topicArn,
    Subject: toSubject(message.subject, ` [${incidentId}]`),
    Message: toBody(textOf(message)),
    MessageAttributes: {
      incidentId: { DataType: 'String', StringValue: incidentId },
      recipient: { DataType: 'String', StringValue: recipient },
    },
  });
  await calling('sns:Publish', () => client.send(command), topicArn);
};

/** A subject that SNS accepts, with its end kept whole: anything else in it would lose the whole message. */
export const toSubject = (text: string, end = ''): string => {
  const printable = text
    .replace(/\s+/g, ' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .trim();
  const most = Math.max(3, MAX_SUBJECT_CHARACTERS - end.length);
  const beginning = printable.length > most ? `${printable.slice(0, most - 3)}...` : printable || 'Kintsugi';
  return `${beginning}${end}`.slice(0, MAX_SUBJECT_CHARACTERS);
};

const toBody = (text: string): string => {
  const bytes = Buffer.from(text, 'utf8');
  return bytes.length <= MAX_BODY_BYTES ? text : `${bytes.subarray(0, MAX_BODY_BYTES - 4).toString('utf8')} ...`;
};
