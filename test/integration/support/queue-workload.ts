import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { CreateQueueCommand, SQSClient, SendMessageCommand } from '@aws-sdk/client-sqs';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { queueDepth } from '../../../lambdas/adapters/sqs-queue-probe.ts';
import { registerWorkload } from '../../../lambdas/adapters/dynamodb-workloads.ts';
import { LOCAL_CREDENTIALS } from '../../../local/emulator/environment.ts';
import type { LocalCloud } from '../../../local/local-cloud.ts';
import { aQueue } from '../../support/builders.ts';

const SEES = ['sqs:GetQueueAttributes'];
/** What `SelfHealing.watch` allows the loop on a queue and its dead letters. */
const ROLES = {
  'sense-role-name': SEES,
  'observe-role-name': SEES,
  'act-role-name': [...SEES, 'sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:SendMessage'],
} as const;

/** A registered queue with messages in its dead-letter queue; how many are in its source. */
export const startQueueWorkload = async (
  { endpoint, outputs }: Pick<LocalCloud, 'endpoint' | 'outputs'>,
  workloadId: string,
  messages: number,
): Promise<() => Promise<number>> => {
  const config = {
    endpoint,
    region: LOCAL_CREDENTIALS.AWS_REGION,
    credentials: {
      accessKeyId: LOCAL_CREDENTIALS.AWS_ACCESS_KEY_ID,
      secretAccessKey: LOCAL_CREDENTIALS.AWS_SECRET_ACCESS_KEY,
    },
  };
  const [sqs, iam, ssm] = [new SQSClient(config), new IAMClient(config), new SSMClient(config)];
  const tables = DynamoDBDocumentClient.from(new DynamoDBClient(config));
  const create = async (name: string): Promise<string> =>
    (await sqs.send(new CreateQueueCommand({ QueueName: name }))).QueueUrl ?? '';
  const [queueUrl, deadLetterQueueUrl] = [await create(workloadId), await create(`${workloadId}-dead`)];
  for (const [parameter, Action] of Object.entries(ROLES)) {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: `/kintsugi/dev/${parameter}` }));
    const Resource = `arn:aws:sqs:${config.region}:000000000000:${workloadId}*`;
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action, Resource }],
    });
    await iam.send(
      new PutRolePolicyCommand({ RoleName: Parameter?.Value, PolicyName: `Watch-${workloadId}`, PolicyDocument }),
    );
  }
  for (let index = 0; index < messages; index += 1) {
    await sqs.send(new SendMessageCommand({ QueueUrl: deadLetterQueueUrl, MessageBody: `${index}` }));
  }
  await registerWorkload(
    tables,
    outputs['Kintsugi-dev-Data']?.['WorkloadsTableName'] ?? '',
    aQueue(workloadId, { queueUrl, deadLetterQueueUrl, alarms: [], metrics: {} }),
  );
  return () => queueDepth(sqs, queueUrl);
};
