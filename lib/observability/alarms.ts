import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { AgentFunction } from '../constructs/agent-function.ts';
import { OperationalAlarm, type OperationalAlarmProps } from '../constructs/operational-alarm.ts';

/** Metrics on demand cost nothing while they are not asked for; five minutes is what operators' alarms need. */
export const PERIOD = Duration.minutes(5);

const { NOT_BREACHING, BREACHING } = cloudwatch.TreatMissingData;

/** What all alarms on Kintsugi itself have in common. */
export interface AlarmContext {
  readonly notify: sns.ITopic;
  readonly runbooksDir: string;
}

type Severity = OperationalAlarmProps['severity'];

interface Measured extends AlarmContext {
  readonly metric: cloudwatch.IMetric;
  readonly severity: Severity;
  readonly summary: string;
  readonly unit: string;
}

/** Alarms as soon as one message lies in a queue that should be empty. */
export const messagesParked = (
  scope: Construct,
  id: string,
  context: AlarmContext & { readonly queue: sqs.IQueue; readonly severity: Severity; readonly summary: string },
): OperationalAlarm =>
  new OperationalAlarm(scope, id, {
    ...context,
    metric: context.queue.metricApproximateNumberOfMessagesVisible({ period: PERIOD, statistic: 'Maximum' }),
    threshold: 1,
    unit: 'messages',
    window: { breaching: 1, of: 1 }, // a parked message does not go away by itself
    missingData: { treatAs: NOT_BREACHING, because: 'SQS reports nothing on a queue that has been idle for hours.' },
  });

/** Alarms as soon as something happened that should never happen. */
export const happened = (
  scope: Construct,
  id: string,
  context: Measured & { readonly threshold?: number },
): OperationalAlarm =>
  new OperationalAlarm(scope, id, {
    ...context,
    threshold: context.threshold ?? 1,
    window: { breaching: 1, of: 1 },
    missingData: { treatAs: NOT_BREACHING, because: 'nothing ran, so nothing of this kind happened.' },
  });

/** Alarms when work has been waiting for too long. */
export const waiting = (
  scope: Construct,
  id: string,
  context: Measured & { readonly threshold: number },
): OperationalAlarm =>
  new OperationalAlarm(scope, id, {
    ...context,
    window: { breaching: 2, of: 3 }, // a burst may take one period to work off
    missingData: { treatAs: NOT_BREACHING, because: 'nothing waits.' },
  });

/** The dead man's alarm: it fires because nothing happens. */
export const silent = (
  scope: Construct,
  id: string,
  context: AlarmContext & { readonly heartbeat: AgentFunction; readonly everyMinutes: number },
): OperationalAlarm =>
  new OperationalAlarm(scope, id, {
    ...context,
    severity: 'page',
    summary: 'No heartbeat of the agents: whether Kintsugi would heal anything is not known.',
    metric: context.heartbeat.resource.metricInvocations({ period: Duration.minutes(context.everyMinutes) }),
    comparison: cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    threshold: 1,
    unit: 'heartbeats',
    window: { breaching: 3, of: 3 },
    missingData: { treatAs: BREACHING, because: 'a heartbeat that is not sent leaves no data; that is the point.' },
  });
