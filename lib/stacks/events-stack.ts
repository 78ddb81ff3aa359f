import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as kms from 'aws-cdk-lib/aws-kms';
import * as sns from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { parameterName } from '../config/parameters.ts';
import type { Settings } from '../config/settings.ts';
import { parkingQueue, ReliableQueue } from '../constructs/reliable-queue.ts';
import { removalPolicy } from '../constructs/state-table.ts';

/** Longest that the Issue Monitor works on one batch of signals. */
export const MONITOR_TIMEOUT = Duration.seconds(30);

/** Longest that one batch of notices takes. */
export const NOTIFY_TIMEOUT = Duration.seconds(30);

/** Where signals come in and where news go out. */
export class EventsStack extends Stack {
  readonly bus: events.EventBus;
  /** Encrypts the topics: CloudWatch alarms cannot use the key that AWS manages for SNS. */
  readonly topicKey: kms.Key;
  /** Alarms of workloads. */
  readonly alarmTopic: sns.Topic;
  /** What mailboxes subscribe to: explanations, requests for approval, alarms on Kintsugi itself. */
  readonly notificationTopic: sns.Topic;
  /** What people are to be told, on its way to each of them. */
  readonly notices: ReliableQueue;
  readonly signals: ReliableQueue;
  /** Signals that SNS or EventBridge could not put into the queue. */
  readonly undeliveredSignals: sqs.Queue;
  /** Signals that are malformed or about nothing that is registered, with the reason. */
  readonly quarantine: sqs.Queue;

  constructor(scope: Construct, id: string, settings: Settings) {
    super(scope, id, { description: `Kintsugi ${settings.environment}: bus, topics, signals` });
    const { environment } = settings;
    this.bus = new events.EventBus(this, 'Bus', { eventBusName: `kintsugi-${environment}` });
    this.topicKey = new kms.Key(this, 'TopicKey', {
      description: `Kintsugi ${environment}: alarm and notification topics`,
      enableKeyRotation: true,
      removalPolicy: removalPolicy(settings.config),
    });
    this.topicKey.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'], // in a key's policy: this key
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    this.alarmTopic = this.#topic('AlarmTopic', 'Alarms of the workloads that Kintsugi heals');
    this.notificationTopic = this.#topic('NotificationTopic', 'What Kintsugi tells people');

    this.notices = new ReliableQueue(this, 'Notices', { consumerTimeout: NOTIFY_TIMEOUT });
    this.signals = new ReliableQueue(this, 'Signals', {
      consumerTimeout: MONITOR_TIMEOUT,
      // The Issue Monitor lets its failures come back after seconds at first: together these are eleven minutes.
      maxReceiveCount: 8,
    });
    this.undeliveredSignals = parkingQueue(this, 'UndeliveredSignals');
    this.quarantine = parkingQueue(this, 'Quarantine');
    this.#takeInAlarms();
    this.#takeInEcsEvents();

    new ssm.StringParameter(this, 'AlarmTopicArn', {
      parameterName: parameterName(environment, 'alarm-topic-arn'),
      stringValue: this.alarmTopic.topicArn,
    });
    new ssm.StringParameter(this, 'BusName', {
      parameterName: parameterName(environment, 'bus-name'),
      stringValue: this.bus.eventBusName,
    });
    new CfnOutput(this, 'NotificationTopicArn', { value: this.notificationTopic.topicArn });
    new CfnOutput(this, 'SignalsQueueUrl', { value: this.signals.resource.queueUrl });
    new CfnOutput(this, 'QuarantineQueueUrl', { value: this.quarantine.queueUrl });
  }

  #topic(id: string, displayName: string): sns.Topic {
    const topic = new sns.Topic(this, id, { displayName, masterKey: this.topicKey, enforceSSL: true });
    // A topic with a policy of its own loses the default one, by which alarms of the account may publish.
    topic.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('cloudwatch.amazonaws.com')],
        actions: ['sns:Publish'],
        resources: [topic.topicArn],
        conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
      }),
    );
    return topic;
  }

  /** Raw delivery: the message's body is the alarm's JSON itself, without the envelope of SNS around it. */
  #takeInAlarms(): void {
    this.alarmTopic.addSubscription(
      new SqsSubscription(this.signals.resource, {
        rawMessageDelivery: true,
        deadLetterQueue: this.undeliveredSignals,
      }),
    );
  }

  /** Only what can be a symptom or a change: starts of tasks are many and say nothing that their deployment does not. */
  #takeInEcsEvents(): void {
    const target = new SqsQueue(this.signals.resource, { deadLetterQueue: this.undeliveredSignals });
    new events.Rule(this, 'StoppedTasks', {
      description: 'Tasks that ended, with their exit codes',
      eventPattern: {
        source: ['aws.ecs'],
        detailType: ['ECS Task State Change'],
        detail: { lastStatus: ['STOPPED'] },
      },
      targets: [target],
    });
    new events.Rule(this, 'Deployments', {
      description: 'Deployments, and what services report about themselves',
      eventPattern: { source: ['aws.ecs'], detailType: ['ECS Deployment State Change', 'ECS Service Action'] },
      targets: [target],
    });
  }
}
