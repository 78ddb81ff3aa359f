import { CloudWatchClient, paginateDescribeAlarms, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import type { Message } from '@aws-sdk/client-sqs';
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  GetQueueUrlCommand,
  ListDeadLetterSourceQueuesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { redactText } from '../../core/journal/redact.ts';
import { settingsFor } from '../../lambdas/adapters/clients.ts';
import { calling, isNamed } from '../../lambdas/adapters/sdk-errors.ts';
import type { ClientConfig } from './connect.ts';

/** A queue of Kintsugi's own for what could not be delivered, handled or understood; named as its alarm and runbook. */
export interface ParkedQueue {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly arn: string;
  readonly messages: number;
  /** Where its messages can be handled once more; null: they are no messages of a queue, see the runbook. */
  readonly destination: { readonly name: string; readonly url: string; readonly arn: string } | null;
}

export interface ParkedMessage {
  readonly messageId: string;
  readonly sentAt: string | null;
  /** How often it was received, looks like this one included. */
  readonly received: number;
  /** Where it was to go or who gave it up, as far as it says so. */
  readonly source: string | null;
  readonly reason: string | null;
  /** Credentials and personal data redacted. */
  readonly body: string;
}

/** A task of SQS moves everything and goes on by itself; where there is none, or a limit, messages are moved one by one. */
export type Redriven =
  { readonly how: 'task'; readonly messages: number } | { readonly how: 'one by one'; readonly messages: number };

export interface DeadLetters {
  /** All of the environment, by id. */
  readonly queues: () => Promise<readonly ParkedQueue[]>;
  /** Looks without taking away: the messages are back at once. */
  readonly peek: (queue: ParkedQueue, max: number) => Promise<readonly ParkedMessage[]>;
  /** @param max - null: all */
  readonly redrive: (queue: ParkedQueue, max: number | null) => Promise<Redriven>;
}

/** Queues that are not the dead letters of a queue in SQS's eyes, and the dead letters of the queue that they belong to. */
const BELONGS_TO: Readonly<Record<string, string>> = {
  'signals-undelivered': 'signals-dead-letters',
  'signals-quarantined': 'signals-dead-letters',
  'escalations-undelivered': 'escalations-dead-letters',
};

const RECEIVE_AT_ONCE = 10;
/** Seconds for which a message is nobody else's while it is looked at or moved. */
const HELD_SECONDS = 30;

export const deadLettersOf = (env: string, config: ClientConfig): DeadLetters => {
  const sqs = new SQSClient({ ...settingsFor('sqs'), ...config });
  const cloudwatch = new CloudWatchClient({ ...settingsFor('cloudwatch'), ...config });
  return {
    queues: () => queuesOf(env, sqs, cloudwatch),
    peek: async (queue, max) => {
      const messages = await receive(sqs, queue, max);
      await giveBack(sqs, queue, messages);
      return messages.map(parkedMessage);
    },
    redrive: async (queue, max) => {
      if (max === null && (await startTask(sqs, queue))) return { how: 'task', messages: queue.messages };
      return { how: 'one by one', messages: await moveEach(sqs, queue, max ?? Infinity) };
    },
  };
};

/** The alarms know: each parking queue has one, whose article says what it is called. */
const queuesOf = async (env: string, sqs: SQSClient, cloudwatch: CloudWatchClient): Promise<readonly ParkedQueue[]> => {
  const names = new Map<string, string>();
  for await (const { MetricAlarms = [] } of paginateDescribeAlarms({ client: cloudwatch }, {})) {
    for (const alarm of MetricAlarms) {
      const found = parkingQueueOf(alarm, env);
      if (found !== null) names.set(found.id, found.name);
    }
  }
  const found = await Promise.all([...names].map(([id, name]) => describe(sqs, id, name)));
  const sources = new Map(await Promise.all(found.map(async ({ id, url }) => [id, await sourceOf(sqs, url)] as const)));
  return found
    .map((queue) => ({ ...queue, destination: sources.get(BELONGS_TO[queue.id] ?? queue.id) ?? null }))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
};

const parkingQueueOf = (
  { MetricName, Dimensions = [], AlarmDescription = '' }: MetricAlarm,
  env: string,
): { readonly id: string; readonly name: string } | null => {
  const name = Dimensions.find(({ Name }) => Name === 'QueueName')?.Value;
  const id = /runbooks\/([\w-]+)\.md/.exec(AlarmDescription)?.[1];
  const isParking = MetricName === 'ApproximateNumberOfMessagesVisible';
  return isParking && id !== undefined && name?.startsWith(`Kintsugi-${env}-`) === true ? { id, name } : null;
};

const describe = async (sqs: SQSClient, id: string, name: string): Promise<Omit<ParkedQueue, 'destination'>> => {
  const { QueueUrl: url = '' } = await calling('sqs:GetQueueUrl', () =>
    sqs.send(new GetQueueUrlCommand({ QueueName: name })),
  );
  const { arn, messages } = await attributesOf(sqs, url);
  return { id, name, url, arn, messages };
};

const attributesOf = async (
  sqs: SQSClient,
  url: string,
): Promise<{ readonly arn: string; readonly messages: number }> => {
  const command = new GetQueueAttributesCommand({
    QueueUrl: url,
    AttributeNames: ['QueueArn', 'ApproximateNumberOfMessages'],
  });
  const { Attributes = {} } = await calling('sqs:GetQueueAttributes', () => sqs.send(command), url);
  return { arn: Attributes['QueueArn'] ?? '', messages: Number(Attributes['ApproximateNumberOfMessages'] ?? 0) };
};

/** The queue whose dead letters these are. */
const sourceOf = async (sqs: SQSClient, url: string): Promise<ParkedQueue['destination']> => {
  const command = new ListDeadLetterSourceQueuesCommand({ QueueUrl: url });
  const { queueUrls = [] } = await calling('sqs:ListDeadLetterSourceQueues', () => sqs.send(command), url);
  const [source] = queueUrls;
  if (source === undefined) return null;
  return { name: source.split('/').at(-1) ?? source, url: source, arn: (await attributesOf(sqs, source)).arn };
};

const receive = async (sqs: SQSClient, { url }: ParkedQueue, max: number): Promise<readonly Message[]> => {
  const found = new Map<string, Message>();
  while (found.size < max) {
    const command = new ReceiveMessageCommand({
      QueueUrl: url,
      MaxNumberOfMessages: Math.min(RECEIVE_AT_ONCE, max - found.size),
      VisibilityTimeout: HELD_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    const { Messages = [] } = await calling('sqs:ReceiveMessage', () => sqs.send(command), url);
    if (Messages.length === 0) break;
    for (const message of Messages) found.set(message.MessageId ?? '', message);
  }
  return [...found.values()];
};

const giveBack = async (sqs: SQSClient, { url }: ParkedQueue, messages: readonly Message[]): Promise<void> => {
  for (const { ReceiptHandle } of messages) {
    const command = new ChangeMessageVisibilityCommand({ QueueUrl: url, ReceiptHandle, VisibilityTimeout: 0 });
    await calling('sqs:ChangeMessageVisibility', () => sqs.send(command), url);
  }
};

/** SQS and SNS say little about why; EventBridge and Lambda write it into attributes or around the event. */
const parkedMessage = ({
  MessageId = '',
  Body = '',
  Attributes = {},
  MessageAttributes = {},
}: Message): ParkedMessage => {
  const sent = Number(Attributes.SentTimestamp);
  const attribute = (...names: readonly string[]): string | null =>
    names.map((name) => MessageAttributes[name]?.StringValue).find((value) => value !== undefined) ?? null;
  const reason = attribute('reason', 'ERROR_MESSAGE', 'ERROR_CODE', 'ErrorMessage');
  return {
    messageId: MessageId,
    sentAt: Number.isFinite(sent) ? new Date(sent).toISOString() : null,
    received: Number(Attributes.ApproximateReceiveCount ?? 0),
    source: Attributes.DeadLetterQueueSourceArn ?? attribute('RULE_ARN', 'TARGET_ARN'),
    reason: reason === null ? null : redactText(reason),
    body: redactText(Body),
  };
};

/** False where SQS offers no such task: in the emulator, and for queues that SQS does not know as dead letters. */
const startTask = async (sqs: SQSClient, { id, arn, destination }: ParkedQueue): Promise<boolean> => {
  if (id in BELONGS_TO) return false;
  const command = new StartMessageMoveTaskCommand({ SourceArn: arn, DestinationArn: destination?.arn });
  try {
    await calling('sqs:StartMessageMoveTask', () => sqs.send(command), arn);
    return true;
  } catch (error) {
    if (isNamed(error, 'InvalidAction')) return false;
    throw error;
  }
};

/** Sent before it is deleted: what breaks off in between is there twice, and handling is idempotent. */
const moveEach = async (sqs: SQSClient, queue: ParkedQueue, max: number): Promise<number> => {
  const { url, destination } = queue;
  let moved = 0;
  while (destination !== null && moved < max) {
    const messages = await receive(sqs, queue, Math.min(RECEIVE_AT_ONCE, max - moved));
    if (messages.length === 0) break;
    for (const { Body, MessageAttributes, ReceiptHandle } of messages) {
      const copy = new SendMessageCommand({ QueueUrl: destination.url, MessageBody: Body, MessageAttributes });
      await calling('sqs:SendMessage', () => sqs.send(copy), destination.url);
      const original = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle });
      await calling('sqs:DeleteMessage', () => sqs.send(original), url);
      moved += 1;
    }
  }
  return moved;
};
