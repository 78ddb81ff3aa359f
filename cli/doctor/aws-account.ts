import type { StackResourceSummary } from '@aws-sdk/client-cloudformation';
import {
  CloudFormationClient,
  paginateDescribeStacks,
  paginateListStackResources,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, paginateDescribeAlarms } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-lambda';
import { paginateListSubscriptionsByTopic, SNSClient } from '@aws-sdk/client-sns';
import { GetParameterCommand, ParameterNotFound, SSMClient } from '@aws-sdk/client-ssm';
import { DynamoDBDocumentClient, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { settingsFor } from '../../lambdas/adapters/clients.ts';
import { calling } from '../../lambdas/adapters/sdk-errors.ts';
import type { ClientConfig } from '../system/connect.ts';
import type { Account, EventSource, FunctionState, StackState } from './account.ts';

export interface AwsAccount extends Account {
  readonly close: () => void;
}

/** At most this many resources are looked at at the same time. */
const AT_ONCE = 10;

/** The environment's stacks and what is in them, through the AWS APIs. */
export const awsAccount = (env: EnvironmentName, where: ClientConfig): AwsAccount => {
  const configOf = (dependency: string) => ({ ...settingsFor(dependency), ...where });
  const cloudformation = new CloudFormationClient(configOf('cloudformation'));
  const lambda = new LambdaClient(configOf('lambda'));
  const sns = new SNSClient(configOf('sns'));
  const ssm = new SSMClient(configOf('ssm'));
  const cloudwatch = new CloudWatchClient(configOf('cloudwatch'));
  const dynamodb = new DynamoDBClient(configOf('dynamodb'));
  const documents = DynamoDBDocumentClient.from(dynamodb);
  const resources = resourcesOf(cloudformation);
  return {
    region: () => cloudformation.config.region(),
    credentials: async () => {
      const { accessKeyId } = await cloudformation.config.credentials();
      return `access key ${accessKeyId.slice(0, 4)}...`;
    },
    stacks: () => stacksOf(cloudformation, `Kintsugi-${env}-`),
    parameter: async (name) => {
      try {
        const { Parameter } = await calling(
          'ssm:GetParameter',
          () => ssm.send(new GetParameterCommand({ Name: name })),
          name,
        );
        return Parameter?.Value ?? null;
      } catch (error) {
        if (error instanceof ParameterNotFound) return null;
        throw error;
      }
    },
    functions: async (stacks) => {
      const found = await resources(stacks, 'AWS::Lambda::Function');
      return inTurns(found, ({ stack, id }) => functionState(lambda, stack, id));
    },
    eventSources: async (stacks) => {
      const found = await resources(stacks, 'AWS::Lambda::EventSourceMapping');
      return inTurns(found, ({ stack, id }) => eventSource(lambda, stack, id));
    },
    subscriptions: (TopicArn) =>
      calling(
        'sns:ListSubscriptionsByTopic',
        async () => {
          const all = [];
          for await (const { Subscriptions = [] } of paginateListSubscriptionsByTopic({ client: sns }, { TopicArn })) {
            all.push(...Subscriptions);
          }
          return all.map(({ Protocol = '', Endpoint = '', SubscriptionArn = '' }) => ({
            protocol: Protocol,
            endpoint: Endpoint,
            isConfirmed: SubscriptionArn.startsWith('arn:'),
          }));
        },
        TopicArn,
      ),
    heartbeats: (table) =>
      calling(
        'dynamodb:Scan',
        async () => {
          const beats: (Date | null)[] = [];
          for await (const { Items = [] } of paginateScan({ client: documents }, { TableName: table })) {
            beats.push(
              ...Items.map(({ lastHeartbeat }) => (typeof lastHeartbeat === 'string' ? new Date(lastHeartbeat) : null)),
            );
          }
          return beats;
        },
        table,
      ),
    ownAlarms: (stack) =>
      calling('cloudwatch:DescribeAlarms', async () => {
        const own = new Set((await resources([stack], 'AWS::CloudWatch::Alarm')).map(({ id }) => id));
        const firing = [];
        for await (const { MetricAlarms = [] } of paginateDescribeAlarms(
          { client: cloudwatch },
          { StateValue: 'ALARM' },
        )) {
          firing.push(...MetricAlarms.filter(({ AlarmName = '' }) => own.has(AlarmName)));
        }
        return firing.map(({ AlarmName = '', AlarmDescription = '' }) => ({
          name: AlarmName,
          description: AlarmDescription,
        }));
      }),
    close: () => {
      for (const client of [cloudformation, lambda, sns, ssm, cloudwatch, documents, dynamodb]) client.destroy();
    },
  };
};

const stacksOf = (client: CloudFormationClient, prefix: string): Promise<readonly StackState[]> =>
  calling('cloudformation:DescribeStacks', async () => {
    const found: StackState[] = [];
    for await (const { Stacks = [] } of paginateDescribeStacks({ client }, {})) {
      for (const { StackName = '', StackStatus = '', LastUpdatedTime, CreationTime, Outputs = [] } of Stacks) {
        if (!StackName.startsWith(prefix)) continue;
        found.push({
          name: StackName,
          status: StackStatus,
          changedAt: LastUpdatedTime ?? CreationTime ?? null,
          outputs: Object.fromEntries(Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue])),
        });
      }
    }
    return found;
  });

interface Resource {
  readonly stack: string;
  readonly id: string;
}

/** Resources of a type in some stacks; each stack is listed once, whatever is asked of it. */
const resourcesOf = (client: CloudFormationClient) => {
  const listed = new Map<string, Promise<readonly StackResourceSummary[]>>();
  const list = (stack: string): Promise<readonly StackResourceSummary[]> =>
    calling(
      'cloudformation:ListStackResources',
      async () => {
        const all: StackResourceSummary[] = [];
        for await (const { StackResourceSummaries = [] } of paginateListStackResources(
          { client },
          { StackName: stack },
        )) {
          all.push(...StackResourceSummaries);
        }
        return all;
      },
      stack,
    );
  return async (stacks: readonly string[], type: string): Promise<readonly Resource[]> => {
    const perStack = await Promise.all(
      stacks.map(async (stack) => {
        const known = listed.get(stack) ?? list(stack);
        listed.set(stack, known);
        return (await known)
          .filter(({ ResourceType }) => ResourceType === type)
          .flatMap(({ PhysicalResourceId }) =>
            PhysicalResourceId === undefined ? [] : [{ stack, id: PhysicalResourceId }],
          );
      }),
    );
    return perStack.flat();
  };
};

const inTurns = async <T>(resources: readonly Resource[], look: (one: Resource) => Promise<T>): Promise<T[]> => {
  const seen: T[] = [];
  for (let from = 0; from < resources.length; from += AT_ONCE) {
    seen.push(...(await Promise.all(resources.slice(from, from + AT_ONCE).map(look))));
  }
  return seen;
};

const functionState = async (client: LambdaClient, stack: string, name: string): Promise<FunctionState> => {
  try {
    const answer = await calling(
      'lambda:GetFunctionConfiguration',
      () => client.send(new GetFunctionConfigurationCommand({ FunctionName: name })),
      name,
    );
    const reason = answer.StateReason ?? answer.LastUpdateStatusReason ?? null;
    return { name, stack, state: answer.State ?? 'Active', reason, lastUpdate: answer.LastUpdateStatus ?? null };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { name, stack, state: null, reason: null, lastUpdate: null };
    throw error;
  }
};

/** The last part of an ARN, which is the name of what it is of. */
const nameIn = (arn: string): string => arn.split(/[:/]/).at(-1) ?? arn;

const eventSource = async (client: LambdaClient, stack: string, id: string): Promise<EventSource> => {
  try {
    const answer = await calling(
      'lambda:GetEventSourceMapping',
      () => client.send(new GetEventSourceMappingCommand({ UUID: id })),
      id,
    );
    return {
      id,
      stack,
      functionName: nameIn(answer.FunctionArn ?? ''),
      source: nameIn(answer.EventSourceArn ?? ''),
      state: answer.State ?? null,
    };
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return { id, stack, functionName: '', source: '', state: null };
    throw error;
  }
};
