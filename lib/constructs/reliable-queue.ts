import { Duration } from 'aws-cdk-lib';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledge.ts';

/** Messages are kept as long as SQS can: a weekend and a holiday long. */
const KEPT = Duration.days(14);

export interface ReliableQueueProps {
  /** Timeout of the function that reads the queue. */
  readonly consumerTimeout: Duration;
  /**
   * Deliveries of a message before it is given up.
   *
   * @default 5
   */
  readonly maxReceiveCount?: number;
}

/** A queue whose messages are never lost: what cannot be handled after some attempts waits in `deadLetters` for a person. */
export class ReliableQueue extends Construct {
  readonly resource: sqs.Queue;
  readonly deadLetters: sqs.Queue;
  /** Deliveries of a message before it ends in `deadLetters`. */
  readonly maxReceiveCount: number;

  constructor(scope: Construct, id: string, props: ReliableQueueProps) {
    super(scope, id);
    this.maxReceiveCount = props.maxReceiveCount ?? 5;
    this.deadLetters = parkingQueue(this, 'DeadLetters');
    this.resource = new sqs.Queue(this, 'Resource', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: KEPT,
      // Six times the consumer's timeout, as Lambda asks for: or a message is handled twice while a batch is retried.
      visibilityTimeout: Duration.seconds(6 * props.consumerTimeout.toSeconds()),
      deadLetterQueue: { queue: this.deadLetters, maxReceiveCount: this.maxReceiveCount },
    });
  }
}

/** A queue that nothing reads but a person: for what could not be delivered, handled or understood. */
export const parkingQueue = (scope: Construct, id: string): sqs.Queue => {
  const queue = new sqs.Queue(scope, id, {
    encryption: sqs.QueueEncryption.SQS_MANAGED,
    enforceSSL: true,
    retentionPeriod: KEPT,
  });
  acknowledge(queue, 'It is itself where failed messages end; an alarm watches it.', 'AwsSolutions-SQS3');
  return queue;
};
