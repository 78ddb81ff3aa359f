import {
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type Message,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SqsQueueWorkload } from '../../core/contracts/workload.ts';
import { cannot, irreversible, type ActuatorOf, type Change, type PlanOf } from './actuators.ts';
import { calling } from './sdk-errors.ts';
import { queueDepth } from './sqs-queue-probe.ts';

const POSSIBLE = ['redrive'] as const;
/** Most messages in one ReceiveMessage request. */
const MAX_RECEIVED = 10;
/** Longer than one batch takes, so that nobody else sees a message while it moves. */
const VISIBILITY_SECONDS = 60;
/** A short poll asks only some of the servers and may miss messages; a second asks all. */
const WAIT_SECONDS = 1;

/**
 * Moves messages from a dead-letter queue back to their source: receive, send, delete, one after the other.
 *
 * `StartMessageMoveTask` would move the whole queue, and cannot be held to a number; a flood would take down the consumer
 * that has just come back. The number planned is the most that is moved: what is left in the queue does not tell how many
 * were moved before a crash, so nothing is moved a second time for the same intent.
 *
 * A crash between send and delete delivers one message a second time. A standard queue may do that at any time, so its
 * consumers cope; on a FIFO queue the message keeps its id as deduplication id, and the queue drops the copy. A message
 * is deleted only after the source has it, so none is lost.
 */
export const sqsRedriveActuator = (client: SQSClient): ActuatorOf<'sqs-queue'> => ({
  isApplied: async (workload, plan) => {
    if (plan.actionId !== 'redrive') throw cannot(workload, plan, POSSIBLE);
    return (await queueDepth(client, workload.deadLetterQueueUrl)) === 0 || 'unknown';
  },
  apply: async (workload, plan) => {
    if (plan.actionId !== 'redrive') throw cannot(workload, plan, POSSIBLE);
    return redrive(client, workload, plan);
  },
  undo: async (workload, plan) => {
    if (plan.actionId !== 'redrive') throw cannot(workload, plan, POSSIBLE);
    throw irreversible(
      workload,
      plan,
      'the messages are with their consumer; those it cannot handle come back by themselves',
    );
  },
});

const redrive = async (
  client: SQSClient,
  workload: SqsQueueWorkload,
  { messages: planned }: PlanOf<'redrive'>,
): Promise<Change> => {
  let moved = 0;
  while (moved < planned) {
    const batch = await receive(client, workload.deadLetterQueueUrl, Math.min(MAX_RECEIVED, planned - moved));
    if (batch.length === 0) break;
    // One by one: a FIFO group keeps its order, and a failure leaves at most one message in two places.
    for (const message of batch) {
      await move(client, workload, message);
      moved += 1;
    }
  }
  return { changeIds: [], detail: `moved ${moved} of ${planned} planned messages back to ${workload.queueUrl}` };
};

const receive = async (client: SQSClient, queueUrl: string, count: number): Promise<readonly Message[]> => {
  const command = new ReceiveMessageCommand({
    QueueUrl: queueUrl,
    MaxNumberOfMessages: count,
    VisibilityTimeout: VISIBILITY_SECONDS,
    WaitTimeSeconds: WAIT_SECONDS,
    MessageSystemAttributeNames: ['MessageGroupId', 'AWSTraceHeader'],
    MessageAttributeNames: ['All'],
  });
  return (await calling('sqs:ReceiveMessage', () => client.send(command), queueUrl)).Messages ?? [];
};

const move = async (client: SQSClient, workload: SqsQueueWorkload, message: Message): Promise<void> => {
  const { MessageGroupId, AWSTraceHeader } = message.Attributes ?? {};
  const isFifo = workload.queueUrl.endsWith('.fifo');
  const send = new SendMessageCommand({
    QueueUrl: workload.queueUrl,
    MessageBody: message.Body,
    ...(message.MessageAttributes === undefined ? {} : { MessageAttributes: message.MessageAttributes }),
    ...(MessageGroupId === undefined ? {} : { MessageGroupId }),
    ...(isFifo ? { MessageDeduplicationId: message.MessageId } : {}),
    ...(AWSTraceHeader === undefined
      ? {}
      : { MessageSystemAttributes: { AWSTraceHeader: { DataType: 'String', StringValue: AWSTraceHeader } } }),
  });
  await calling('sqs:SendMessage', () => client.send(send), workload.queueUrl);
  const drop = new DeleteMessageCommand({
    QueueUrl: workload.deadLetterQueueUrl,
    ReceiptHandle: message.ReceiptHandle,
  });
  await calling('sqs:DeleteMessage', () => client.send(drop), workload.deadLetterQueueUrl);
};
