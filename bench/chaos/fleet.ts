import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  type MetricDatum,
} from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  LambdaClient,
  PublishVersionCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { LambdaFunctionWorkload } from '../../core/contracts/workload.ts';
import { registerWorkload } from '../../lambdas/adapters/dynamodb-workloads.ts';
import { parameterName } from '../../lib/config/parameters.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import type { Mutation } from './chaos-proxy.ts';

/** Workloads that cost nothing to have two hundred of: aliases of one Lambda function, whose newest version is bad. */
export interface Fleet {
  readonly workloads: readonly LambdaFunctionWorkload[];
  /** Lets the version fail from now on, and says so as its alarm would. */
  readonly strike: (index: number) => Promise<void>;
  /** Says the same once more, as at-least-once delivery does. */
  readonly repeat: (index: number) => Promise<void>;
  /** Measures every workload that was struck so far, once. */
  readonly measure: () => Promise<void>;
  readonly close: () => void;
}

const FUNCTION = 'chaos-target';
const NAMESPACE = 'Chaos';
const METRICS = { errorRate: 'ErrorRate', latencyP95: 'Latency', requestCount: 'RequestCount' } as const;
const BAD = '2';
const WELL = { ErrorRate: 0.2, Latency: 90, RequestCount: 100 } as const;
const SICK = { ErrorRate: 60, Latency: 120, RequestCount: 100 } as const;
/** Seconds of usual metrics before the fault. */
const HISTORY = 40;
/** PutMetricData takes so many values at once. */
const MAX_DATA = 1_000;

const aliasOf = (index: number): string => `chaos-${String(index).padStart(3, '0')}`;

const workloadOf = (index: number): LambdaFunctionWorkload => {
  const workloadId = aliasOf(index);
  const metric = (metricName: string) => ({
    namespace: NAMESPACE,
    metricName,
    dimensions: { Workload: workloadId },
    stat: 'Average',
  });
  return {
    kind: 'lambda-function',
    workloadId,
    owner: 'chaos',
    criticality: 2,
    tier: 'chaos',
    slo: { errorRatePercent: 5, latencyP95Ms: 400 },
    dependsOn: [],
    allowedActions: ['wait', 'rollback', 'escalate'],
    alarms: [{ alarmName: `${workloadId}-errors`, role: 'errorRate' }],
    metricPeriodSeconds: 1,
    metrics: Object.fromEntries(Object.entries(METRICS).map(([role, name]) => [role, metric(name)])),
    functionName: FUNCTION,
    aliasName: workloadId,
  };
};

/** A zip of one file, `index.js`: the function is never invoked. */
const ZIP = Buffer.from(
  'UEsDBBQAAAAAAAAAIQCJf+DgIgAAACIAAAAIAAAAaW5kZXguanNleHBvcnRzLmhhbmRsZXIgPSAoKSA9PiB1bmRlZmluZWQ7UEsBAhQDFAAAAAAA' +
    'AAAhAIl/4OAiAAAAIgAAAAgAAAAAAAAAAAAAAIABAAAAAGluZGV4LmpzUEsFBgAAAAABAAEANgAAAEgAAAAAAA==',
  'base64',
);

/** @param mutations - what the proxy saw being done: it says which version an alias points to */
export const createFleet = async (
  { endpoint, outputs }: Pick<LocalCloud, 'endpoint' | 'outputs'>,
  size: number,
  mutations: readonly Mutation[],
): Promise<Fleet> => {
  const aws = { endpoint };
  const lambda = new LambdaClient(aws);
  const cloudwatch = new CloudWatchClient(aws);
  const sns = new SNSClient(aws);
  const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient(aws));
  const TopicArn = await alarmTopic(aws);
  const workloads = Array.from({ length: size }, (_, index) => workloadOf(index));
  await createVersions(lambda);
  for (const workload of workloads) {
    const alias = { FunctionName: FUNCTION, Name: workload.aliasName, FunctionVersion: BAD };
    await lambda.send(new CreateAliasCommand(alias));
    await cloudwatch.send(new PutMetricAlarmCommand(alarmOf(workload.workloadId, TopicArn)));
    await registerWorkload(dynamodb, String(outputs['Kintsugi-dev-Data']?.['WorkloadsTableName']), workload, 'chaos');
  }

  const struck = new Map<string, Date>();
  const versionOf = (alias: string): string => mutations.findLast((one) => one.alias === alias)?.version ?? BAD;
  const put = async (data: readonly MetricDatum[]): Promise<void> => {
    for (let start = 0; start < data.length; start += MAX_DATA) {
      const MetricData = data.slice(start, start + MAX_DATA);
      await cloudwatch.send(new PutMetricDataCommand({ Namespace: NAMESPACE, MetricData }));
    }
  };
  const announce = async (index: number): Promise<void> => {
    const { workloadId } = workloads[index] as LambdaFunctionWorkload;
    const Message = JSON.stringify({
      AlarmName: `${workloadId}-errors`,
      NewStateValue: 'ALARM',
      NewStateReason: 'Threshold Crossed: 3 out of the last 3 datapoints were greater than the threshold (5.0).',
      StateChangeTime: struck.get(workloadId)?.toISOString(),
    });
    await sns.send(new PublishCommand({ TopicArn, Message }));
  };
  return {
    workloads,
    strike: async (index) => {
      const { workloadId } = workloads[index] as LambdaFunctionWorkload;
      const now = Date.now();
      const before = Array.from({ length: HISTORY }, (_, second) => new Date(now - (second + 4) * 1_000));
      const since = [3, 2, 1, 0].map((second) => new Date(now - second * 1_000));
      await put([
        ...before.flatMap((time) => samples(workloadId, WELL, time)),
        ...since.flatMap((time) => samples(workloadId, SICK, time)),
      ]);
      struck.set(workloadId, new Date(now));
      await announce(index);
    },
    repeat: announce,
    measure: () => {
      const time = new Date();
      return put([...struck.keys()].flatMap((id) => samples(id, versionOf(id) === BAD ? SICK : WELL, time)));
    },
    close: () => {
      for (const client of [lambda, cloudwatch, sns, dynamodb]) client.destroy();
    },
  };
};

/** Speaks for itself, beside what the bench says in its name. */
const alarmOf = (workloadId: string, topicArn: string) => ({
  AlarmName: `${workloadId}-errors`,
  Namespace: NAMESPACE,
  MetricName: METRICS.errorRate,
  Dimensions: [{ Name: 'Workload', Value: workloadId }],
  Statistic: 'Average' as const,
  Period: 10,
  EvaluationPeriods: 1,
  Threshold: 5,
  ComparisonOperator: 'GreaterThanThreshold' as const,
  TreatMissingData: 'notBreaching',
  AlarmActions: [topicArn],
  OKActions: [topicArn],
});

const samples = (workloadId: string, values: Readonly<Record<string, number>>, Timestamp: Date): MetricDatum[] =>
  Object.entries(values).map(([MetricName, Value]) => ({
    MetricName,
    Dimensions: [{ Name: 'Workload', Value: workloadId }],
    Timestamp,
    Value,
    StorageResolution: 1,
  }));

const alarmTopic = async (aws: { readonly endpoint: string }): Promise<string> => {
  const ssm = new SSMClient(aws);
  const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameterName('dev', 'alarm-topic-arn') }));
  ssm.destroy();
  return String(Parameter?.Value);
};

/** Version 1, which was good, and version 2, which has just been deployed. */
const createVersions = async (client: LambdaClient): Promise<void> => {
  await client.send(
    new CreateFunctionCommand({
      FunctionName: FUNCTION,
      Runtime: 'nodejs22.x',
      Handler: 'index.handler',
      Role: 'arn:aws:iam::000000000000:role/chaos',
      Code: { ZipFile: ZIP },
    }),
  );
  await client.send(new PublishVersionCommand({ FunctionName: FUNCTION, Description: 'good' }));
  await client.send(new UpdateFunctionConfigurationCommand({ FunctionName: FUNCTION, Description: 'changed' }));
  await client.send(new PublishVersionCommand({ FunctionName: FUNCTION, Description: 'bad' }));
};
