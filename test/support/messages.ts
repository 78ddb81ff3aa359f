import type { EpochMs } from '../../core/shared/units.ts';
import { toIso } from '../../core/shared/units.ts';

/** Messages in the shapes in which AWS sends them. */

/** CloudWatch writes the zone without a colon. */
const cloudWatchTime = (time: EpochMs): string => toIso(time).replace('Z', '+0000');

export const alarmMessage = (
  alarmName: string,
  time: EpochMs,
  changes: Readonly<Record<string, unknown>> = {},
): string =>
  JSON.stringify({
    AlarmName: alarmName,
    AlarmDescription: 'Too many requests fail.',
    AWSAccountId: '111122223333',
    AlarmConfigurationUpdatedTimestamp: '2026-11-20T10:00:00.000+0000',
    NewStateValue: 'ALARM',
    NewStateReason: 'Threshold Crossed: 3 out of the last 3 datapoints were greater than the threshold (5.0).',
    StateChangeTime: cloudWatchTime(time),
    Region: 'Europe (Frankfurt)',
    AlarmArn: `arn:aws:cloudwatch:eu-central-1:111122223333:alarm:${alarmName}`,
    OldStateValue: 'OK',
    OKActions: [],
    AlarmActions: ['arn:aws:sns:eu-central-1:111122223333:kintsugi-alarms'],
    InsufficientDataActions: [],
    Trigger: {
      MetricName: 'ErrorRate',
      Namespace: 'Shop',
      StatisticType: 'Statistic',
      Statistic: 'AVERAGE',
      Unit: null,
      Dimensions: [{ value: 'payments', name: 'ServiceName' }],
      Period: 10,
      EvaluationPeriods: 3,
      ComparisonOperator: 'GreaterThanThreshold',
      Threshold: 5,
      TreatMissingData: 'missing',
      EvaluateLowSampleCountPercentile: '',
    },
    ...changes,
  });

/** An SNS delivery to a queue without raw message delivery; the same message may come with another id. */
export const snsEnvelope = (message: string, messageId = '6f0a2b1c-0000-4000-8000-000000000001'): string =>
  JSON.stringify({
    Type: 'Notification',
    MessageId: messageId,
    TopicArn: 'arn:aws:sns:eu-central-1:111122223333:kintsugi-alarms',
    Subject: 'ALARM: "payments-errors" in Europe (Frankfurt)',
    Message: message,
    Timestamp: '2026-11-21T05:30:01.000Z',
    SignatureVersion: '1',
    Signature: 'EXAMPLE',
    SigningCertURL: 'https://sns.eu-central-1.amazonaws.com/SimpleNotificationService.pem',
    UnsubscribeURL: 'https://sns.eu-central-1.amazonaws.com/?Action=Unsubscribe',
  });

export const ecsEvent = (eventName: string, time: EpochMs, changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    version: '0',
    id: '23a1f2c0-0000-4000-8000-000000000002',
    'detail-type': 'ECS Deployment State Change',
    source: 'aws.ecs',
    account: '111122223333',
    time: toIso(time).replace('.000Z', 'Z'),
    region: 'eu-central-1',
    resources: ['arn:aws:ecs:eu-central-1:111122223333:service/shop/payments'],
    detail: {
      eventType: 'ERROR',
      eventName,
      deploymentId: 'ecs-svc/123',
      updatedAt: toIso(time),
      reason: 'ECS deployment circuit breaker: tasks failed to start.',
    },
    ...changes,
  });

export const externalEvent = (
  time: EpochMs,
  detail: Readonly<Record<string, unknown>> = {},
  changes: Readonly<Record<string, unknown>> = {},
): string =>
  JSON.stringify({
    kintsugi: 'event',
    id: 'webhook-1',
    detail: {
      schema_version: 1,
      event: 'SignalReceived',
      env: 'dev',
      status: 'customers report failed payments',
      latency: 0,
      timestamp: toIso(time),
      action_type: null,
      worker_id: null,
      dataset: 'payments',
      incident_id: null,
      agent_id: null,
      agent_state: null,
      last_decision: null,
      correlation_id: 'ticket-77',
      ...detail,
    },
    ...changes,
  });

/** A finding of the detector, as it puts it into the queue of signals. */
export const findingMessage = (time: EpochMs, changes: Readonly<Record<string, unknown>> = {}): string =>
  JSON.stringify({
    kintsugi: 'finding',
    finding: 'anomaly',
    workloadId: 'payments',
    role: 'latencyP95',
    severity: 55,
    at: toIso(time),
    since: toIso(time),
    summary: '3.1x farther from anything seen than 99.5 % of earlier samples; usual 41 to 46, now 88',
    ...changes,
  });
