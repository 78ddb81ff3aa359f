import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
} from '@aws-sdk/client-cloudformation';
import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { CognitoIdentityProviderClient } from '@aws-sdk/client-cognito-identity-provider';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { SNSClient } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { SSMClient } from '@aws-sdk/client-ssm';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { setTimeout as sleep } from 'node:timers/promises';
import { labTemplate, type LabOutput } from './template.ts';

const clientsFor = (endpoint: string) => {
  const config = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
  return {
    cloudFormation: new CloudFormationClient(config),
    cloudWatch: new CloudWatchClient(config),
    /** How the product reads metrics; the SDK's default protocol is another. */
    cloudWatchQuery: new CloudWatchClient({ ...config, protocol: AwsQueryProtocol }),
    cognito: new CognitoIdentityProviderClient(config),
    dynamo: new DynamoDBClient(config),
    events: new EventBridgeClient(config),
    lambda: new LambdaClient(config),
    sns: new SNSClient(config),
    sqs: new SQSClient(config),
    ssm: new SSMClient(config),
    states: new SFNClient(config),
  };
};

export type Clients = ReturnType<typeof clientsFor>;

/** How an execution ended. */
export interface Ending {
  readonly status: string;
  readonly output: unknown;
  readonly error: string | undefined;
}

/** The deployed stack of the checks, and the few verbs they share. */
export interface Lab {
  readonly endpoint: string;
  readonly clients: Clients;
  /** The namespace of the lab's alarms. */
  readonly namespace: string;
  readonly name: (output: LabOutput) => string;
  /** Starts the lab's machine on the path of that name and waits for its end. */
  readonly run: (path: string, machine?: LabOutput) => Promise<Ending>;
  /** Takes messages from a queue until one satisfies the condition, and returns its body. */
  readonly receive: (queue: LabOutput, wanted: (body: string) => boolean) => Promise<string>;
  readonly remove: () => Promise<void>;
}

/** Longer than anything on the way takes on a laptop, the queue's poll interval included. */
const DEADLINE_MS = 15_000;

/**
 * Asks again until there is an answer.
 *
 * @throws Error that names what did not happen
 */
export const eventually = async <T>(what: string, ask: () => Promise<T | undefined>): Promise<T> => {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`${what} did not happen within ${DEADLINE_MS / 1_000} s`);
    await sleep(100);
  }
};

/** Creates the stack that the checks need. */
export const openLab = async (endpoint: string): Promise<Lab> => {
  const clients = clientsFor(endpoint);
  const stackName = `conformance-${Date.now().toString(36)}`;
  await clients.cloudFormation.send(
    new CreateStackCommand({ StackName: stackName, TemplateBody: labTemplate(), Capabilities: ['CAPABILITY_IAM'] }),
  );
  const outputs = await stackOutputs(clients, stackName);
  const name = (output: LabOutput): string => {
    const value = outputs.get(output);
    if (value === undefined) throw new Error(`The stack has no output ${output}`);
    return value;
  };
  return {
    endpoint,
    clients,
    namespace: `Conformance/${stackName}`,
    name,
    run: (path, machine = 'Machine') => runToEnd(clients.states, name(machine), path),
    receive: (queue, wanted) => receive(clients.sqs, name(queue), wanted),
    remove: async () => {
      await clients.cloudFormation.send(new DeleteStackCommand({ StackName: stackName }));
      for (const client of Object.values(clients)) client.destroy();
    },
  };
};

const stackOutputs = (clients: Clients, stackName: string): Promise<ReadonlyMap<string, string>> =>
  eventually(`The end of the stack ${stackName}`, async () => {
    const { Stacks } = await clients.cloudFormation.send(new DescribeStacksCommand({ StackName: stackName }));
    const stack = Stacks?.[0];
    const status = stack?.StackStatus ?? 'missing';
    if (status === 'CREATE_IN_PROGRESS') return undefined;
    if (status !== 'CREATE_COMPLETE') {
      const { StackEvents } = await clients.cloudFormation.send(
        new DescribeStackEventsCommand({ StackName: stackName }),
      );
      const reasons = StackEvents?.filter((event) => event.ResourceStatus?.endsWith('FAILED') === true);
      const told = reasons?.map((event) => `${event.LogicalResourceId ?? ''}: ${event.ResourceStatusReason ?? ''}`);
      throw new Error(`The stack is ${status}. ${told?.join('; ') ?? ''}`);
    }
    return new Map(stack?.Outputs?.map((output) => [output.OutputKey ?? '', output.OutputValue ?? '']));
  });

const runToEnd = async (states: SFNClient, machine: string, path: string): Promise<Ending> => {
  const input = JSON.stringify({ case: path });
  const { executionArn } = await states.send(new StartExecutionCommand({ stateMachineArn: machine, input }));
  return eventually(`The end of the execution for ${path}`, async () => {
    const execution = await states.send(new DescribeExecutionCommand({ executionArn }));
    if (execution.status === 'RUNNING') return undefined;
    const output: unknown = execution.output === undefined ? undefined : JSON.parse(execution.output);
    return { status: String(execution.status), output, error: execution.error };
  });
};

const receive = (sqs: SQSClient, url: string, wanted: (body: string) => boolean): Promise<string> =>
  eventually(`A message in ${url.split('/').at(-1) ?? url}`, async () => {
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1, VisibilityTimeout: 1 }),
    );
    const message = Messages?.find((candidate) => wanted(candidate.Body ?? ''));
    if (message === undefined) return undefined;
    await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message.ReceiptHandle }));
    return message.Body ?? '';
  });
