import {
  CloudWatchClient,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import {
  CreateEventBusCommand,
  EventBridgeClient,
  PutRuleCommand,
  PutTargetsCommand,
} from '@aws-sdk/client-eventbridge';
import {
  CreateAliasCommand,
  CreateFunctionCommand,
  GetAliasCommand,
  PublishVersionCommand,
  UpdateAliasCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { CreateStateMachineCommand, SFNClient } from '@aws-sdk/client-sfn';
import { CreateTopicCommand, SNSClient, SubscribeCommand } from '@aws-sdk/client-sns';
import {
  CreateQueueCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
  type Message,
} from '@aws-sdk/client-sqs';
import { PutParameterCommand } from '@aws-sdk/client-ssm';
import { randomBytes } from 'node:crypto';
import type { ActionPlan } from '../../core/contracts/action.ts';
import type { BusEvent } from '../../core/contracts/event.ts';
import { WorkloadStateSchema } from '../../core/contracts/evidence.ts';
import type { LambdaFunctionWorkload, SqsQueueWorkload, Workload } from '../../core/contracts/workload.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import { epochMs } from '../../core/shared/units.ts';
import { actuators } from '../../lambdas/adapters/actuators.ts';
import { systemClock } from '../../lambdas/adapters/clock.ts';
import { cloudWatchAlarms } from '../../lambdas/adapters/cloudwatch-alarms.ts';
import { cloudWatchClient } from '../../lambdas/adapters/cloudwatch-client.ts';
import { cloudWatchMetrics, cloudWatchTaskMetrics } from '../../lambdas/adapters/cloudwatch-metrics.ts';
import { ecsActuator } from '../../lambdas/adapters/ecs-actuator.ts';
import { ecsClient } from '../../lambdas/adapters/ecs-client.ts';
import { ecsServiceProbe } from '../../lambdas/adapters/ecs-service-probe.ts';
import { eventBridgeClient } from '../../lambdas/adapters/eventbridge-client.ts';
import { eventBridgePublisher } from '../../lambdas/adapters/eventbridge-publisher.ts';
import { kmsClient } from '../../lambdas/adapters/kms-client.ts';
import { kmsMac } from '../../lambdas/adapters/kms-mac.ts';
import { lambdaAliasActuator } from '../../lambdas/adapters/lambda-alias-actuator.ts';
import { lambdaAliasProbe } from '../../lambdas/adapters/lambda-alias-probe.ts';
import { lambdaClient } from '../../lambdas/adapters/lambda-client.ts';
import { sfnClient } from '../../lambdas/adapters/sfn-client.ts';
import { sfnWorkflow } from '../../lambdas/adapters/sfn-workflow.ts';
import { snsClient } from '../../lambdas/adapters/sns-client.ts';
import { sendMail } from '../../lambdas/adapters/sns-mail.ts';
import { sqsClient } from '../../lambdas/adapters/sqs-client.ts';
import { sqsQueueProbe } from '../../lambdas/adapters/sqs-queue-probe.ts';
import { sqsRedriveActuator } from '../../lambdas/adapters/sqs-redrive-actuator.ts';
import { ssmClient } from '../../lambdas/adapters/ssm-client.ts';
import { ssmModeSource, writeMode } from '../../lambdas/adapters/ssm-mode.ts';
import { readSecret } from '../../lambdas/adapters/ssm-secret.ts';
import { postToWebhook } from '../../lambdas/adapters/webhook.ts';
import { workloadProbes } from '../../lambdas/adapters/workload-probes.ts';
import { startEmulator, type Emulator } from '../../local/emulator/start-emulator.ts';
import { startWebhookReceiver } from '../support/webhook-receiver.ts';

/** Every adapter but ECS's and DynamoDB's, with the clients that the functions use, against the emulator. */
jest.setTimeout(60_000);

const environment = { ...process.env };
/** Names of this run, so that an endpoint that outlives it can be used again. */
const run = randomBytes(4).toString('hex');
const tag = { incidentId: 'inc-20261121-060000-web-1a2b3c', attempt: 1 };
let emulator: Emulator;

beforeAll(async () => {
  emulator = await startEmulator({ dir: process.cwd(), enforceIam: false });
  Object.assign(process.env, emulator.env);
});

afterAll(async () => {
  for (const client of [
    cloudWatchClient(),
    kmsClient(),
    lambdaClient(),
    sqsClient(),
    ssmClient(),
    snsClient(),
    sfnClient(),
    eventBridgeClient(),
  ]) {
    client.destroy();
  }
  await emulator.stop();
  process.env = environment;
});

const createQueue = async (name: string, attributes: Record<string, string> = {}): Promise<string> => {
  const command = new CreateQueueCommand({
    QueueName: `${name}-${run}${attributes.FifoQueue ? '.fifo' : ''}`,
    Attributes: attributes,
  });
  return String((await new SQSClient({}).send(command)).QueueUrl);
};
const arnOfQueue = (url: string): string => `arn:aws:sqs:us-east-1:000000000000:${url.split('/').at(-1)}`;

/** All messages of a queue, taken out of sight; waits until there are `count` of them, or none come for a second. */
const drain = async (queueUrl: string, count: number): Promise<readonly Message[]> => {
  const messages: Message[] = [];
  for (;;) {
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: 10,
      WaitTimeSeconds: messages.length < count ? 5 : 1,
      MessageAttributeNames: ['All'],
      MessageSystemAttributeNames: ['All'],
    });
    const { Messages = [] } = await sqsClient().send(command);
    messages.push(...Messages);
    if (Messages.length === 0) return messages;
  }
};

const common = {
  owner: 'shop-team',
  criticality: 1 as const,
  tier: 'web',
  slo: { errorRatePercent: 5, latencyP95Ms: 400 },
  dependsOn: [],
  alarms: [],
  metrics: {},
  metricPeriodSeconds: 10,
};

describe('CloudWatch', () => {
  const ref = (service: string) => ({
    namespace: `Adapters/${run}`,
    metricName: 'ErrorRate',
    dimensions: { ServiceName: service },
    stat: 'Average',
  });
  const put = (dimensions: Record<string, string>, value: number, secondsAgo: number): Promise<unknown> =>
    new CloudWatchClient({}).send(
      new PutMetricDataCommand({
        Namespace: `Adapters/${run}`,
        MetricData: [
          {
            MetricName: 'ErrorRate',
            Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
            Value: value,
            StorageResolution: 1,
            Timestamp: new Date(Date.now() - secondsAgo * 1_000),
          },
        ],
      }),
    );
  const lastMinutes = () => ({
    from: epochMs(Date.now() - 300_000),
    to: epochMs(Date.now() + 1_000),
    periodSeconds: 10,
  });

  test('metrics come back oldest first, of the asked dimensions only, empty where there are none', async () => {
    await put({ ServiceName: 'web' }, 1, 90);
    await put({ ServiceName: 'web' }, 2, 60);
    await put({ ServiceName: 'web' }, 3, 30);
    await put({ ServiceName: 'other' }, 99, 30);
    const series = await cloudWatchMetrics(cloudWatchClient()).read(
      { errorRate: ref('web'), latencyP95: ref('nobody') },
      lastMinutes(),
    );
    expect(series.errorRate?.map(({ value }) => value)).toEqual([1, 2, 3]);
    expect(series.latencyP95).toEqual([]);
    expect(Date.now() - (series.errorRate?.[2]?.at ?? 0)).toBeLessThan(60_000);
  });

  test('metrics of tasks are told apart', async () => {
    await put({ ServiceName: 'tasks', TaskId: 'a' }, 5, 20);
    await put({ ServiceName: 'tasks', TaskId: 'b' }, 80, 20);
    const request = { namespace: `Adapters/${run}`, metrics: { errorRate: ref('tasks') }, taskIds: ['b', 'c', 'a'] };
    const tasks = await cloudWatchTaskMetrics(cloudWatchClient()).readTasks(
      request,
      ['errorRate', 'latencyP95'],
      lastMinutes(),
    );
    expect(tasks.map(({ errorRate }) => errorRate?.map(({ value }) => value))).toEqual([[80], [], [5]]);
  });

  test('alarms are read with their state; one that is gone is an error', async () => {
    const alarmName = `web-errors-${run}`;
    const client = new CloudWatchClient({});
    await client.send(
      new PutMetricAlarmCommand({
        AlarmName: alarmName,
        Namespace: 'Nobody',
        MetricName: 'ErrorRate',
        Statistic: 'Average',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 5,
        ComparisonOperator: 'GreaterThanThreshold',
      }),
    );
    await client.send(new SetAlarmStateCommand({ AlarmName: alarmName, StateValue: 'ALARM', StateReason: 'test' }));
    const source = cloudWatchAlarms(cloudWatchClient());
    expect(await source.states([{ alarmName, role: 'errorRate' }])).toEqual([
      expect.objectContaining({ alarmName, role: 'errorRate', state: 'ALARM' }),
    ]);
    const both = [
      { alarmName, role: 'errorRate' as const },
      { alarmName: 'gone', role: 'latencyP95' as const },
    ];
    await expect(source.states(both)).rejects.toBeInstanceOf(InvalidInputError);
    expect(await source.states(both, 'omit')).toHaveLength(1);
  });
});

describe('the mode', () => {
  test('is what the parameter says, at once; setting it creates the parameter where it is missing', async () => {
    const name = `/kintsugi/${run}/mode`;
    const source = ssmModeSource(ssmClient(), name);
    expect((await source.read()).mode).toBe('off');
    for (const mode of ['auto', 'shadow'] as const) {
      await writeMode(ssmClient(), name, mode);
      expect((await source.read()).mode).toBe(mode);
    }
  });
});

test('a notification reaches the topic with its incident', async () => {
  const client = new SNSClient({});
  const { TopicArn } = await client.send(new CreateTopicCommand({ Name: `notify-${run}` }));
  const inbox = await createQueue('inbox');
  await client.send(new SubscribeCommand({ TopicArn, Protocol: 'sqs', Endpoint: arnOfQueue(inbox) }));
  await sendMail(snsClient(), String(TopicArn), 'mail', {
    subject: `web – healed\n${'x'.repeat(200)}`,
    facts: [{ title: 'Done', text: 'restarted 1 task ✓' }],
    links: [],
    commands: ['kintsugi explain latest'],
    incidentId: tag.incidentId,
  });
  const [message] = await drain(inbox, 1);
  expect(JSON.parse(String(message?.Body))).toMatchObject({
    Subject: expect.stringMatching(/^web \? healed x+\.\.\. \[inc-.*\]$/),
    Message: 'Done: restarted 1 task ✓\n\nkintsugi explain latest',
    MessageAttributes: {
      incidentId: { Type: 'String', Value: tag.incidentId },
      recipient: { Type: 'String', Value: 'mail' },
    },
  });
});

describe('links and webhooks', () => {
  test('KMS signs, and takes back only what it signed', async () => {
    const create = new CreateKeyCommand({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
    const { KeyMetadata } = await kmsClient().send(create);
    const mac = kmsMac(kmsClient(), String(KeyMetadata?.Arn));
    const signature = await mac.sign('a payload');
    expect(signature).toMatch(/^[A-Za-z0-9_-]{43}$/);
    expect(await mac.verify('a payload', signature)).toBe(true);
    expect(await mac.verify('a payloaD', signature)).toBe(false);
    expect(await mac.verify('a payload', `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`)).toBe(false);
  });

  test('an address is read from its parameter; without one there is none', async () => {
    const name = `/kintsugi/${run}/webhooks/chat`;
    expect(await readSecret(ssmClient(), name)).toBeNull();
    const secret = { Name: name, Value: 'https://example.com/hook', Type: 'SecureString' } as const;
    await ssmClient().send(new PutParameterCommand(secret));
    expect(await readSecret(ssmClient(), name)).toBe(secret.Value);
  });

  test('a message is posted, and a webhook that is not there is an error without its address', async () => {
    const receiver = await startWebhookReceiver();
    await postToWebhook('chat', receiver.url, { text: 'hello', blocks: [] });
    expect(receiver.received).toMatchObject([{ text: 'hello' }]);
    await receiver.close();
    const failure = postToWebhook('chat', receiver.url, {});
    await expect(failure).rejects.toThrow(/^webhook chat did not answer/);
    await expect(failure).rejects.not.toThrow(/127\.0\.0\.1/);
  });
});

test('the workflow starts once per incident', async () => {
  const { stateMachineArn } = await new SFNClient({}).send(
    new CreateStateMachineCommand({
      name: `loop-${run}`,
      roleArn: 'arn:aws:iam::000000000000:role/loop',
      definition: JSON.stringify({ StartAt: 'Wait', States: { Wait: { Type: 'Wait', Seconds: 1, End: true } } }),
    }),
  );
  const workflow = sfnWorkflow(sfnClient(), String(stateMachineArn));
  expect(await workflow.start(tag.incidentId, { attempt: 1 })).toBe('started');
  expect(await workflow.start(tag.incidentId, { attempt: 2 })).toBe('running');
  await expect(sfnWorkflow(sfnClient(), `${stateMachineArn}-gone`).start(tag.incidentId, {})).rejects.toThrow();
});

test('events arrive on the bus, each once, more than one request can hold', async () => {
  const client = new EventBridgeClient({});
  const bus = `kintsugi-${run}`;
  await client.send(new CreateEventBusCommand({ Name: bus }));
  const target = await createQueue('bus-target');
  const pattern = JSON.stringify({ source: [{ prefix: 'kintsugi.' }] });
  await client.send(new PutRuleCommand({ Name: 'all', EventBusName: bus, EventPattern: pattern }));
  await client.send(
    new PutTargetsCommand({ Rule: 'all', EventBusName: bus, Targets: [{ Id: 'queue', Arn: arnOfQueue(target) }] }),
  );
  const event = (correlation_id: string): BusEvent => ({
    source: 'kintsugi.auto-healer',
    detailType: 'OutcomeMeasured',
    detail: {
      schema_version: 1,
      event: 'OutcomeMeasured',
      env: 'dev',
      status: 'recovered',
      latency: 4_200,
      timestamp: '2026-11-21T06:00:00.000Z',
      action_type: null,
      worker_id: null,
      dataset: null,
      incident_id: tag.incidentId,
      agent_id: null,
      agent_state: null,
      last_decision: null,
      correlation_id,
    },
  });
  const ids = Array.from({ length: 23 }, (_, index) => `c-${index}`);
  await eventBridgePublisher(eventBridgeClient(), bus, systemClock).publish(ids.map(event));
  const received = (await drain(target, ids.length)).map(
    ({ Body }) =>
      JSON.parse(String(Body)) as {
        readonly 'detail-type': string;
        readonly detail: { readonly correlation_id: string };
      },
  );
  expect(received.map(({ detail }) => detail.correlation_id).sort()).toEqual([...ids].sort());
  expect(received[0]).toMatchObject({ 'detail-type': 'OutcomeMeasured' });
});

const probe = workloadProbes({
  'ecs-service': (workload, since) =>
    ecsServiceProbe({
      client: ecsClient(),
      taskMetrics: cloudWatchTaskMetrics(cloudWatchClient()),
      clock: systemClock,
    })(workload, since),
  'lambda-function': (workload, since) => lambdaAliasProbe(lambdaClient())(workload, since),
  'sqs-queue': (workload, since) => sqsQueueProbe(sqsClient())(workload, since),
});
const hands = () =>
  actuators({
    'ecs-service': ecsActuator(ecsClient()),
    'lambda-function': lambdaAliasActuator(lambdaClient()),
    'sqs-queue': sqsRedriveActuator(sqsClient()),
  });
const stateOf = async (workload: Workload) => WorkloadStateSchema.parse(await probe.state(workload, epochMs(0)));

describe('a dead-letter queue', () => {
  const createPair = async (name: string, attributes: Record<string, string> = {}): Promise<SqsQueueWorkload> => ({
    ...common,
    kind: 'sqs-queue',
    workloadId: name,
    allowedActions: ['redrive'],
    queueUrl: await createQueue(name, attributes),
    deadLetterQueueUrl: await createQueue(`${name}-dead`, attributes),
  });
  const bury = (
    workload: SqsQueueWorkload,
    body: string,
    more: { readonly MessageGroupId?: string } = {},
  ): Promise<unknown> =>
    sqsClient().send(
      new SendMessageCommand({
        QueueUrl: workload.deadLetterQueueUrl,
        MessageBody: body,
        MessageAttributes: { kind: { DataType: 'String', StringValue: 'order' } },
        ...more,
        ...(more.MessageGroupId === undefined ? {} : { MessageDeduplicationId: body }),
      }),
    );
  const plan = (messages: number): ActionPlan => ({ actionId: 'redrive', messages });

  test('gives back no more messages than planned, as they were', async () => {
    const workload = await createPair('orders');
    for (let index = 0; index < 13; index += 1) await bury(workload, `order ${index}`);
    expect((await stateOf(workload)).deadLetters).toBe(13);
    const change = await hands().apply(workload, plan(12), tag);
    expect(change.detail).toBe(`moved 12 of 12 planned messages back to ${workload.queueUrl}`);
    expect((await stateOf(workload)).deadLetters).toBe(1);
    expect(await hands().isApplied(workload, plan(12), epochMs(0))).toBe('unknown');
    const moved = await drain(workload.queueUrl, 12);
    expect(new Set(moved.map(({ Body }) => Body)).size).toBe(12);
    expect(moved[0]?.MessageAttributes?.kind?.StringValue).toBe('order');
  });

  test('that is empty has nothing to move', async () => {
    const workload = await createPair('empty');
    expect(await hands().isApplied(workload, plan(5), epochMs(0))).toBe(true);
    expect((await hands().apply(workload, plan(5), tag)).detail).toMatch(/^moved 0 of 5 planned/);
    await expect(hands().undo(workload, plan(5), tag)).rejects.toThrow(/cannot be undone/);
  });

  test('keeps the order of a FIFO group', async () => {
    const workload = await createPair('ledger', { FifoQueue: 'true' });
    for (const body of ['first', 'second', 'third']) await bury(workload, body, { MessageGroupId: 'account-1' });
    await hands().apply(workload, plan(3), tag);
    const moved = await drain(workload.queueUrl, 3);
    expect(moved.map(({ Body }) => Body)).toEqual(['first', 'second', 'third']);
    expect(moved[0]?.Attributes?.MessageGroupId).toBe('account-1');
  });

  test('refuses what cannot be done to a queue, and waits without touching it', async () => {
    const workload = await createPair('waiting');
    await expect(hands().apply(workload, { actionId: 'redeploy' }, tag)).rejects.toThrow(/redeploy cannot be done/);
    expect(await hands().apply(workload, { actionId: 'wait', seconds: 30 }, tag)).toEqual({
      changeIds: [],
      detail: 'wait 30 s and watch; nothing was changed',
    });
  });
});

describe('a Lambda alias', () => {
  const createFunction = async (): Promise<LambdaFunctionWorkload> => {
    const functionName = `greeter-${randomBytes(3).toString('hex')}`;
    await lambdaClient().send(
      new CreateFunctionCommand({
        FunctionName: functionName,
        Runtime: 'nodejs22.x',
        Handler: 'index.handler',
        Role: 'arn:aws:iam::000000000000:role/greeter',
        Code: { ZipFile: EMPTY_ZIP },
      }),
    );
    for (const GREETING of ['hello', 'good day', 'broken']) {
      await lambdaClient().send(
        new UpdateFunctionConfigurationCommand({
          FunctionName: functionName,
          Environment: { Variables: { GREETING } },
        }),
      );
      await lambdaClient().send(new PublishVersionCommand({ FunctionName: functionName }));
    }
    await lambdaClient().send(
      new CreateAliasCommand({ FunctionName: functionName, Name: 'live', FunctionVersion: '3' }),
    );
    return {
      ...common,
      kind: 'lambda-function',
      workloadId: 'greeter',
      allowedActions: ['rollback'],
      functionName,
      aliasName: 'live',
    };
  };
  const versionOf = async ({ functionName }: LambdaFunctionWorkload): Promise<string | undefined> =>
    (await lambdaClient().send(new GetAliasCommand({ FunctionName: functionName, Name: 'live' }))).FunctionVersion;
  const plan: ActionPlan = { actionId: 'rollback', fromRevision: '3', toRevision: '2' };

  test('shows its version and the one published before', async () => {
    const state = await stateOf(await createFunction());
    expect(state).toMatchObject({
      desired: null,
      tasks: [],
      currentRevision: { revision: '3', stable: true },
      stableRevision: { revision: '2', stable: true },
      deploymentInProgress: false,
      lastChange: 'configuration',
    });
    expect(Date.now() - Date.parse(String(state.currentRevision?.createdAt))).toBeLessThan(60_000);
  });

  test('goes back to the previous version, once, and forward again', async () => {
    const workload = await createFunction();
    expect(await hands().isApplied(workload, plan, epochMs(0))).toBe(false);
    expect((await hands().apply(workload, plan, tag)).detail).toMatch(/now points to version 2 instead of 3/);
    expect(await versionOf(workload)).toBe('2');
    expect(await hands().isApplied(workload, plan, epochMs(0))).toBe(true);
    expect((await hands().apply(workload, plan, tag)).detail).toMatch(/already points to version 2/);
    await hands().undo(workload, plan, tag);
    expect(await versionOf(workload)).toBe('3');
  });

  test('is left alone when somebody has moved it meanwhile', async () => {
    const workload = await createFunction();
    await lambdaClient().send(
      new UpdateAliasCommand({ FunctionName: workload.functionName, Name: 'live', FunctionVersion: '1' }),
    );
    await expect(hands().apply(workload, plan, tag)).rejects.toThrow(/planned for version 3, but .* version 1 now/);
    expect(await versionOf(workload)).toBe('1');
  });
});

/** A ZIP archive without files: the versions are never invoked. */
const EMPTY_ZIP = Buffer.from(`504b0506${'00'.repeat(18)}`, 'hex');
