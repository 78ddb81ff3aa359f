import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { LocalCloud } from '../../../local/local-cloud.ts';

/** The alarm of a workload's error rate as SNS delivers it raw: what CloudWatch would have sent at this moment. */
export const errorAlarm = (workloadId: string, at: Date): string =>
  JSON.stringify({
    AlarmName: `kintsugi-dev-${workloadId}-errorRate`,
    AlarmDescription: 'synthetic copy',
    AWSAccountId: '000000000000',
    NewStateValue: 'ALARM',
    OldStateValue: 'OK',
    NewStateReason: 'Threshold Crossed: 1 datapoint was greater than the threshold (5.0).',
    StateChangeTime: at.toISOString().replace('Z', '+0000'),
    Region: 'US East (N. Virginia)',
  });

/** Puts copies of messages on the signals queue, in the order given, ten to a request. */
export const sendCopies = async (cloud: LocalCloud, bodies: readonly string[]): Promise<void> => {
  const sqs = new SQSClient({ endpoint: cloud.endpoint });
  const QueueUrl = String(cloud.outputs['Kintsugi-dev-Events']?.['SignalsQueueUrl']).replace(
    /^https?:\/\/[^/]+/,
    cloud.endpoint,
  );
  for (let start = 0; start < bodies.length; start += 10) {
    await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl,
        Entries: bodies.slice(start, start + 10).map((MessageBody, index) => ({ Id: String(index), MessageBody })),
      }),
    );
  }
};
