import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { Drill } from '../config/environment-config.ts';
import type { Settings } from '../config/settings.ts';
import { OperationalAlarm } from '../constructs/operational-alarm.ts';
import { parkingQueue } from '../constructs/reliable-queue.ts';
import { SelfHealing } from '../constructs/self-healing.ts';
import { PERIOD } from '../observability/alarms.ts';
import type { EventsStack } from './events-stack.ts';

export interface DrillStackProps {
  readonly settings: Settings;
  readonly drill: Drill;
  readonly events: EventsStack;
}

/** As a workload, a tier of its own: what drills teach stays with drills. */
export const DRILL = 'drill';

/** The shortest that SQS keeps a message: what was moved back need not be handled, only gone. */
const KEPT = Duration.seconds(60);

/**
 * A synthetic incident through the whole loop: the schedule puts a message into the dead letters of a queue that nobody
 * uses, the queue's alarm fires, and the loop moves the message back. Every part is the real one; what is touched is the
 * drill's own. A message that still lies there when it should not is the alarm.
 *
 * The schedule's target has no dead-letter queue: the next drill is the same as a lost one.
 */
export class DrillStack extends Stack {
  readonly alarms: readonly OperationalAlarm[];

  constructor(scope: Construct, id: string, { settings, drill, events: system }: DrillStackProps) {
    super(scope, id, { description: `Kintsugi ${settings.environment}: a synthetic incident, healed on schedule` });
    const deadLetters = parkingQueue(this, 'DeadLetters');
    const target = new sqs.Queue(this, 'Target', {
      encryption: sqs.QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: KEPT,
      deadLetterQueue: { queue: deadLetters, maxReceiveCount: 1 },
    });
    const healing = SelfHealing.attach(this, 'Healing', { environment: settings.environment, owner: 'kintsugi' });
    healing.watch(target, {
      workloadId: DRILL,
      tier: DRILL,
      criticality: 3,
      allowedActions: ['redrive', 'escalate'],
    });
    new events.Rule(this, 'Schedule', {
      description: 'Begins a drill: a message that the healing loop has to move',
      schedule: events.Schedule.rate(Duration.hours(drill.everyHours)),
      targets: [new SqsQueue(deadLetters, { message: events.RuleTargetInput.fromText('a drill: nobody needs this') })],
    });
    this.alarms = [
      new OperationalAlarm(this, 'drill-not-healed', {
        notify: system.notificationTopic,
        runbooksDir: settings.runbooksDir,
        severity: 'page',
        summary: 'A drill was not healed in time: a real incident would not have been either.',
        metric: deadLetters.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
        threshold: Duration.minutes(drill.healedWithinMinutes).toSeconds(),
        unit: 'seconds',
        window: { breaching: 1, of: 1 }, // it has waited long enough
        missingData: {
          treatAs: cloudwatch.TreatMissingData.NOT_BREACHING,
          because: 'SQS reports no age of a queue that is empty, and between drills it is.',
        },
      }),
    ];
    new CfnOutput(this, 'DeadLettersUrl', { value: deadLetters.queueUrl });
    new CfnOutput(this, 'TargetUrl', { value: target.queueUrl });
  }
}
