import type { FunctionName } from '../../lib/constructs/bundle.ts';

type Permissions = Readonly<Record<string, readonly string[]>>;

const TRACES = ['xray:PutTelemetryRecords', 'xray:PutTraceSegments'];
const MEASUREMENTS = ['cloudwatch:DescribeAlarms', 'cloudwatch:GetMetricData'];
const LOOKS = [...MEASUREMENTS, 'ecs:DescribeTaskDefinition', ...TRACES];
const NOTIFIES = { '<Notices>': ['sqs:SendMessage'] };
/** `<env>` stands for the environment: operators make these parameters, no stack does. */
const WEBHOOKS = Object.fromEntries(
  ['chat', 'on-call'].map((name) => [
    `arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter/kintsugi/<env>/webhooks/${name}`,
    ['ssm:GetParameter'],
  ]),
);
const ANSWERS = {
  'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<LiveApi>/live/POST/@connections/*': [
    'execute-api:ManageConnections',
  ],
};
const on = (operations: readonly string[]): string[] => operations.map((operation) => `dynamodb:${operation}`).sort();

/** The role of each function, whole: actions by resource. Its own log group, which all have, is left out. */
export const EXPECTED_PERMISSIONS: Readonly<Record<FunctionName, Permissions>> = {
  'issue-monitor': {
    '*': ['cloudwatch:DescribeAlarms', ...TRACES],
    '<Workloads>': on(['Scan']),
    '<Incidents>': on(['BatchGetItem', 'PutItem', 'UpdateItem']),
    '<Leases>': on(['BatchGetItem', 'PutItem', 'UpdateItem']),
    '<Journal>': on(['PutItem', 'Query']),
    '<HealingLoop>': ['states:StartExecution'],
    '<Quarantine>': ['sqs:SendMessage'],
    '<Signals>': [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ],
  },
  detector: {
    '*': ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics', 'xray:GetServiceGraph', ...TRACES],
    '<Workloads>': on(['BatchGetItem', 'Scan', 'UpdateItem']),
    '<Detectors>': on(['BatchGetItem', 'PutItem']),
    '<Signals>': ['sqs:SendMessage'],
    '<FailedInvocations>': ['sqs:SendMessage'],
  },
  sense: {
    '*': LOOKS,
    '<Journal>': on(['PutItem']),
    '<Incidents>': on(['BatchGetItem', 'Query']),
    '<Incidents>/index/byWorkload': on(['BatchGetItem', 'Query']),
    '<Workloads>': on(['BatchGetItem']),
    '<Leases>': on(['BatchGetItem']),
  },
  validate: { '*': [...MEASUREMENTS, ...TRACES], '<Journal>': on(['PutItem']) },
  decide: {
    '*': TRACES,
    '<Journal>': on(['PutItem']),
    '<QTable>': on(['Query']),
    'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter<Model>': ['ssm:GetParameter'],
  },
  enforce: {
    '*': TRACES,
    '<Journal>': on(['PutItem']),
    '<Leases>': on(['BatchGetItem', 'UpdateItem', 'ConditionCheckItem']),
    'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter<Mode>': ['ssm:GetParameter'],
  },
  'request-approval': { '*': TRACES, '<Incidents>': on(['UpdateItem']), '<Journal>': on(['PutItem']), ...NOTIFIES },
  act: {
    '*': LOOKS,
    '<Journal>': on(['PutItem']),
    '<Leases>': on(['ConditionCheckItem']),
    'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter<Mode>': ['ssm:GetParameter'],
  },
  observe: { '*': LOOKS, '<Journal>': on(['PutItem']) },
  explain: {
    '*': TRACES,
    '<Journal>': on(['Query', 'PutItem']),
    '<Incidents>': on(['UpdateItem']),
    '<Leases>': on(['UpdateItem', 'PutItem']),
    '<Experiences>': on(['PutItem', 'BatchGetItem']),
    '<QTable>': on(['Query', 'UpdateItem']),
    '<Signals>': ['sqs:SendMessage'],
    ...NOTIFIES,
  },
  escalate: {
    '*': TRACES,
    '<Journal>': on(['Query', 'PutItem']),
    '<Incidents>': on(['GetItem', 'UpdateItem']),
    '<Leases>': on(['UpdateItem', 'PutItem']),
    '<Escalations>': [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
    ],
    ...NOTIFIES,
  },
  publisher: {
    '*': TRACES,
    '<Bus>': ['events:PutEvents'],
    '<Unpublished>': ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
    '<Journal>': on(['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams']),
  },
  checkpointer: {
    '*': TRACES,
    '<Leases>': on(['GetItem', 'UpdateItem']),
    '<Records>/checkpoints/*': ['s3:GetObject', 's3:PutObject'],
    '<RecordsKey>': ['kms:Sign'],
    '<Uncheckpointed>': ['sqs:GetQueueAttributes', 'sqs:GetQueueUrl', 'sqs:SendMessage'],
    '<Journal>': on(['DescribeStream', 'GetRecords', 'GetShardIterator', 'ListStreams']),
  },
  heartbeat: {
    '*': TRACES,
    '<Agents>': on(['UpdateItem']),
    '<Bus>': ['events:PutEvents'],
    '<FailedInvocations>': ['sqs:SendMessage'],
  },
  'learning-check': {
    '*': TRACES,
    '<QTable>': on(['Scan']),
    '<Experiences>': on(['Scan']),
    '<FailedInvocations>': ['sqs:SendMessage'],
  },
  trainer: {
    '*': TRACES,
    '<Experiences>': on(['Scan']),
    '<QTable>': on(['GetItem', 'BatchWriteItem']),
    '<Models>': ['s3:ListBucket'],
    '<Models>/evaluations/*': ['s3:GetObject', 's3:PutObject'],
    '<Models>/versions/*': ['s3:GetObject', 's3:PutObject'],
  },
  promoter: {
    '*': TRACES,
    '<Experiences>': on(['Scan']),
    '<QTable>': on(['GetItem', 'PutItem']),
    '<Agents>': on(['UpdateItem']),
    '<Bus>': ['events:PutEvents'],
    'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter<Model>': [
      'ssm:GetParameter',
      'ssm:PutParameter',
    ],
  },
  registrar: {
    '*': TRACES,
    '<Workloads>': on(['PutItem', 'DeleteItem']),
    '<FailedInvocations>': ['sqs:SendMessage'],
  },
  'kill-switch': {
    '*': TRACES,
    'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter<Mode>': ['ssm:GetParameter'],
    '<ActRole>': ['iam:AttachRolePolicy'],
    '<KillSwitchMissed>': ['sqs:SendMessage'],
  },
  'api-read': {
    '*': TRACES,
    '<Incidents>': on(['GetItem', 'Query']),
    '<Incidents>/index/byStatus': on(['GetItem', 'Query']),
    '<Incidents>/index/byWorkload': on(['GetItem', 'Query']),
    '<Journal>': on(['Query']),
    '<Workloads>': on(['Scan']),
    '<Agents>': on(['Scan']),
    '<Interactions>': on(['GetItem', 'Query']),
    '<Traffic>': on(['Query', 'UpdateItem']),
    'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter<Mode>': ['ssm:GetParameter'],
  },
  'api-insight': {
    '*': ['cloudwatch:GetMetricData', ...TRACES],
    '<Incidents>': on(['Query']),
    '<Incidents>/index/byStatus': on(['Query']),
    '<Incidents>/index/byWorkload': on(['Query']),
    '<Workloads>': on(['Scan']),
    '<QTable>': on(['Query']),
    '<Traffic>': on(['UpdateItem']),
  },
  'api-write': {
    '*': TRACES,
    '<Incidents>': on(['GetItem', 'UpdateItem']),
    '<Interactions>': on(['GetItem', 'PutItem', 'UpdateItem']),
    '<Experiences>': on(['BatchGetItem', 'PutItem']),
    '<QTable>': on(['UpdateItem']),
    '<Traffic>': on(['PutItem', 'UpdateItem', 'DeleteItem']),
    '<Signals>': ['sqs:SendMessage'],
    '<HighTasks>': ['sqs:SendMessage'],
    '<NormalTasks>': ['sqs:SendMessage'],
    '<LowTasks>': ['sqs:SendMessage'],
    '<HealingLoop>': ['states:SendTaskSuccess'],
    'arn:<AWS::Partition>:ssm:<AWS::Region>:<AWS::AccountId>:parameter<Mode>': ['ssm:GetParameter', 'ssm:PutParameter'],
  },
  notify: {
    '*': TRACES,
    '<Incidents>': on(['GetItem']),
    '<Traffic>': on(['GetItem', 'UpdateItem']),
    '<Notices>': [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:GetQueueUrl',
      'sqs:ReceiveMessage',
      'sqs:SendMessage',
    ],
    '<NotificationTopic>': ['sns:Publish'],
    '<TopicKey>': ['kms:Decrypt', 'kms:GenerateDataKey'],
    '<NotificationsLinksKey>': ['kms:GenerateMac'],
    ...WEBHOOKS,
  },
  links: {
    '*': TRACES,
    '<Incidents>': on(['GetItem', 'UpdateItem']),
    '<Interactions>': on(['PutItem']),
    '<Experiences>': on(['BatchGetItem', 'PutItem']),
    '<QTable>': on(['UpdateItem']),
    '<Traffic>': on(['PutItem', 'UpdateItem', 'DeleteItem']),
    '<NotificationsLinksKey>': ['kms:VerifyMac'],
    '<HealingLoop>': ['states:SendTaskSuccess'],
  },
  live: { '*': TRACES, '<Traffic>': on(['PutItem', 'UpdateItem', 'DeleteItem', 'Query']), ...ANSWERS },
  feed: {
    '*': TRACES,
    '<Traffic>': on(['PutItem', 'DeleteItem', 'Query']),
    '<Interactions>': on(['PutItem']),
    '<Workloads>': on(['Scan']),
    '<LiveUnfed>': ['sqs:SendMessage'],
    ...ANSWERS,
  },
};
