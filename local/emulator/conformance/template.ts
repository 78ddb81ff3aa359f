import { RECORDER, WORKER } from './functions.ts';

/**
 * The stack on which the conformance checks run: one of everything that the product relies on, created by CloudFormation as
 * the product is, so that creating it is the first check.
 */

type Json = string | number | boolean | readonly Json[] | { readonly [key: string]: Json };

const arn = (id: string): Json => ({ 'Fn::GetAtt': [id, 'Arn'] });
const ref = (id: string): Json => ({ Ref: id });

const table = (stream: boolean): Json => ({
  Type: 'AWS::DynamoDB::Table',
  Properties: {
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: ['pk', 'sk'].map((name) => ({ AttributeName: name, AttributeType: 'S' })),
    KeySchema: [
      { AttributeName: 'pk', KeyType: 'HASH' },
      { AttributeName: 'sk', KeyType: 'RANGE' },
    ],
    ...(stream ? { StreamSpecification: { StreamViewType: 'NEW_IMAGE' } } : {}),
  },
});

const role = (service: string, statements: readonly Json[]): Json => ({
  Type: 'AWS::IAM::Role',
  Properties: {
    AssumeRolePolicyDocument: {
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
    },
    Policies: [{ PolicyName: 'Inline', PolicyDocument: { Version: '2012-10-17', Statement: statements } }],
  },
});

const allow = (actions: readonly string[], resources: readonly Json[]): Json => ({
  Effect: 'Allow',
  Action: actions,
  Resource: resources,
});

const lambdaFunction = (code: string, roleId: string, variables: { readonly [name: string]: Json }): Json => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    Runtime: 'nodejs22.x',
    Handler: 'index.handler',
    Timeout: 10,
    Code: { ZipFile: code },
    Role: arn(roleId),
    Environment: { Variables: variables },
  },
});

/** A queue that checks read, and the policy by which a service may send to it. */
const inbox = (id: string, service: string): { readonly [id: string]: Json } => ({
  [id]: { Type: 'AWS::SQS::Queue' },
  [`${id}Policy`]: {
    Type: 'AWS::SQS::QueuePolicy',
    Properties: {
      Queues: [ref(id)],
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Principal: { Service: service }, Action: 'sqs:SendMessage', Resource: arn(id) },
          {
            Effect: 'Deny',
            Principal: '*',
            Action: 'sqs:*',
            Resource: arn(id),
            Condition: { Bool: { 'aws:SecureTransport': 'false' } },
          },
        ],
      },
    },
  },
});

const rule = (inboxId: string, pattern: Json, bus?: Json): Json => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    EventPattern: pattern,
    Targets: [{ Id: 'Inbox', Arn: arn(inboxId) }],
    ...(bus === undefined ? {} : { EventBusName: bus }),
  },
});

/** An alarm on the maximum of a metric in the lab's own namespace; it says what happens to a topic. */
const alarm = (metric: string, properties: { readonly [name: string]: Json }): Json => ({
  Type: 'AWS::CloudWatch::Alarm',
  Properties: {
    Namespace: { 'Fn::Sub': 'Conformance/${AWS::StackName}' },
    MetricName: metric,
    Statistic: 'Maximum',
    Period: 10,
    EvaluationPeriods: 1,
    Threshold: 10,
    ComparisonOperator: 'GreaterThanThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [ref('Topic')],
    OKActions: [ref('Topic')],
    ...properties,
  },
});

const task = (parameters: Json, next: { readonly [name: string]: Json } = { End: true }): Json => ({
  Type: 'Task',
  Resource: '${WorkerArn}',
  Parameters: parameters,
  ...next,
});

const caught = (errors: readonly string[], next: string): Json => [
  { ErrorEquals: errors, ResultPath: '$.failure', Next: next },
];

/** One machine, one path per check, chosen by the input's `case`. */
const definition: Json = {
  StartAt: 'WhichCase',
  States: {
    WhichCase: {
      Type: 'Choice',
      Choices: [
        'CatchAll',
        'CatchNamed',
        'Dies',
        'RetryNamed',
        'AwaitToken',
        'AwaitSilence',
        'Intrinsics',
        'SlowTask',
        'ParallelCatch',
        'Fails',
      ].map((name) => ({ Variable: '$.case', StringEquals: name, Next: name })),
      Default: 'Defaulted',
    },
    Defaulted: { Type: 'Pass', Result: { path: 'default' }, End: true },
    CatchAll: task({ throw: true }, { End: true, Catch: caught(['States.ALL'], 'Caught') }),
    Dies: task({ die: true }, { End: true, Catch: caught(['Runtime.ExitError'], 'Caught') }),
    CatchNamed: task(
      { throw: true },
      {
        End: true,
        Catch: [
          { ErrorEquals: ['InvalidInputError'], Next: 'CaughtByName' },
          { ErrorEquals: ['States.ALL'], ResultPath: '$.failure', Next: 'Caught' },
        ],
      },
    ),
    RetryNamed: task(
      { throw: true },
      {
        End: true,
        Retry: [{ ErrorEquals: ['InvalidInputError'], IntervalSeconds: 1, MaxAttempts: 1, BackoffRate: 1 }],
        Catch: caught(['States.ALL'], 'Caught'),
      },
    ),
    AwaitToken: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
      Parameters: { QueueUrl: '${TokenInbox}', MessageBody: { 'token.$': '$$.Task.Token' } },
      TimeoutSeconds: 30,
      End: true,
    },
    AwaitSilence: {
      Type: 'Task',
      Resource: 'arn:aws:states:::sqs:sendMessage.waitForTaskToken',
      Parameters: { QueueUrl: '${SilentInbox}', MessageBody: { 'token.$': '$$.Task.Token' } },
      TimeoutSeconds: 1,
      Catch: caught(['States.Timeout'], 'Caught'),
      End: true,
    },
    Intrinsics: {
      Type: 'Pass',
      Parameters: {
        'text.$': "States.Format('{}-{}', $.case, $$.Execution.Name)",
        'parsed.$': 'States.StringToJson(\'{"a":1}\')',
        'written.$': 'States.JsonToString(States.StringToJson(\'{"a":1}\'))',
        'sum.$': 'States.MathAdd(1, 2)',
        'size.$': 'States.ArrayLength(States.Array(1, 2, 3))',
        'has.$': "States.ArrayContains(States.Array('x', 'y'), 'y')",
        'item.$': "States.ArrayGetItem(States.Array('x', 'y'), 1)",
      },
      End: true,
    },
    SlowTask: task({ takeMs: 3000 }, { End: true, TimeoutSeconds: 1, Catch: caught(['States.Timeout'], 'Caught') }),
    ParallelCatch: {
      Type: 'Parallel',
      Branches: [{ StartAt: 'Branch', States: { Branch: task({ throw: true }) } }],
      Catch: caught(['States.ALL'], 'Caught'),
      End: true,
    },
    Fails: { Type: 'Fail', Error: 'AskedToFail', Cause: 'asked' },
    Caught: { Type: 'Pass', Parameters: { path: 'caught', 'failure.$': '$.failure' }, End: true },
    CaughtByName: { Type: 'Pass', Result: { path: 'named' }, End: true },
  },
};

const machine = (body: Json): Json => ({
  Type: 'AWS::StepFunctions::StateMachine',
  Properties: {
    RoleArn: arn('MachineRole'),
    DefinitionString: JSON.stringify(body),
    DefinitionSubstitutions: {
      WorkerArn: arn('Worker'),
      TokenInbox: ref('TokenInbox'),
      SilentInbox: ref('SilentInbox'),
    },
  },
});

const queueNames = [
  'Work',
  'DeadLetters',
  'EmptyDeadLetters',
  'Redriven',
  'AlarmInbox',
  'ServiceInbox',
  'BusInbox',
  'StatesInbox',
  'TokenInbox',
] as const;
const plainNames = [
  'Records',
  'Seen',
  'Other',
  'Machine',
  'SlowMachine',
  'Worker',
  'Parameter',
  'Bus',
  'Topic',
  'Pool',
] as const;
const alarmNames = ['SetAlarm', 'DataAlarm', 'DimensionAlarm', 'WindowAlarm', 'SilentAlarm'] as const;

/** What the checks need to know about the stack; the values are names, ARNs or URLs as `Ref` gives them. */
export type LabOutput =
  (typeof queueNames | typeof plainNames | typeof alarmNames)[number] | 'PoolClient' | 'Api' | 'ApiUrl';

const resources: { readonly [id: string]: Json } = {
  Records: table(true),
  Seen: table(false),
  Other: table(false),
  RecorderRole: role('lambda.amazonaws.com', [
    allow(['dynamodb:PutItem'], [arn('Seen')]),
    allow(
      ['dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:DescribeStream', 'dynamodb:ListStreams'],
      [{ 'Fn::GetAtt': ['Records', 'StreamArn'] }],
    ),
    allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'], [arn('Work')]),
  ]),
  WorkerRole: role('lambda.amazonaws.com', [allow(['dynamodb:PutItem'], [arn('Seen')])]),
  MachineRole: role('states.amazonaws.com', [
    allow(['lambda:InvokeFunction'], [arn('Worker')]),
    allow(['sqs:SendMessage'], [arn('TokenInbox'), arn('SilentInbox')]),
  ]),
  WorkerAnswers: {
    Type: 'AWS::IAM::Policy',
    Properties: {
      PolicyName: 'Answers',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [allow(['states:SendTaskSuccess'], [ref('Machine')])],
      },
      Roles: [ref('WorkerRole')],
    },
  },
  Recorder: lambdaFunction(RECORDER, 'RecorderRole', { SEEN: ref('Seen') }),
  Worker: lambdaFunction(WORKER, 'WorkerRole', {}),
  StreamSource: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: ref('Recorder'),
      EventSourceArn: { 'Fn::GetAtt': ['Records', 'StreamArn'] },
      StartingPosition: 'TRIM_HORIZON',
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
  DeadLetters: { Type: 'AWS::SQS::Queue' },
  EmptyDeadLetters: { Type: 'AWS::SQS::Queue' },
  Redriven: {
    Type: 'AWS::SQS::Queue',
    Properties: { RedrivePolicy: { deadLetterTargetArn: arn('EmptyDeadLetters'), maxReceiveCount: 1 } },
  },
  ...inbox('Work', 'sns.amazonaws.com'),
  Work: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      VisibilityTimeout: 1,
      RedrivePolicy: { deadLetterTargetArn: arn('DeadLetters'), maxReceiveCount: 2 },
    },
  },
  QueueSource: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      FunctionName: ref('Recorder'),
      EventSourceArn: arn('Work'),
      BatchSize: 10,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
  Topic: { Type: 'AWS::SNS::Topic' },
  ...inbox('AlarmInbox', 'sns.amazonaws.com'),
  ...inbox('ServiceInbox', 'events.amazonaws.com'),
  ...inbox('BusInbox', 'events.amazonaws.com'),
  ...inbox('StatesInbox', 'events.amazonaws.com'),
  TokenInbox: { Type: 'AWS::SQS::Queue' },
  SilentInbox: { Type: 'AWS::SQS::Queue' },
  ...Object.fromEntries(
    ['AlarmInbox', 'Work'].map((id) => [
      `${id}Subscription`,
      { Type: 'AWS::SNS::Subscription', Properties: { TopicArn: ref('Topic'), Protocol: 'sqs', Endpoint: arn(id) } },
    ]),
  ),
  SetAlarm: alarm('NeverPut', {}),
  DataAlarm: alarm('Data', { Dimensions: [{ Name: 'Service', Value: 'data' }] }),
  DimensionAlarm: alarm('Dimension', { Dimensions: [{ Name: 'Service', Value: 'quiet' }] }),
  SilentAlarm: alarm('Silent', { Dimensions: [{ Name: 'Service', Value: 'silent' }] }),
  WindowAlarm: alarm('Window', {
    Dimensions: [{ Name: 'Service', Value: 'window' }],
    EvaluationPeriods: 3,
    DatapointsToAlarm: 3,
  }),
  Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: { 'Fn::Sub': '${AWS::StackName}' } } },
  ServiceRule: rule('ServiceInbox', { source: ['aws.ecs'], 'detail-type': ['ECS Task State Change'] }),
  BusRule: rule('BusInbox', { source: [{ prefix: 'kintsugi.' }] }, ref('Bus')),
  StatesRule: rule('StatesInbox', {
    source: ['aws.states'],
    detail: { status: ['FAILED', 'TIMED_OUT', 'ABORTED'], stateMachineArn: [ref('Machine')] },
  }),
  Machine: machine(definition),
  SlowMachine: machine({
    StartAt: 'Wait',
    TimeoutSeconds: 1,
    States: { Wait: { Type: 'Wait', Seconds: 4, End: true } },
  }),
  Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value: 'auto' } },
  Pool: { Type: 'AWS::Cognito::UserPool', Properties: {} },
  PoolClient: {
    Type: 'AWS::Cognito::UserPoolClient',
    Properties: {
      UserPoolId: ref('Pool'),
      ExplicitAuthFlows: ['ALLOW_USER_PASSWORD_AUTH', 'ALLOW_REFRESH_TOKEN_AUTH'],
    },
  },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'conformance', ProtocolType: 'HTTP' } },
  ApiStage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: ref('Api'), StageName: '$default', AutoDeploy: true },
  },
  ApiAuthorizer: {
    Type: 'AWS::ApiGatewayV2::Authorizer',
    Properties: {
      ApiId: ref('Api'),
      Name: 'jwt',
      AuthorizerType: 'JWT',
      IdentitySource: ['$request.header.Authorization'],
      JwtConfiguration: {
        Audience: [ref('PoolClient')],
        Issuer: { 'Fn::Sub': 'https://cognito-idp.${AWS::Region}.amazonaws.com/${Pool}' },
      },
    },
  },
  ApiIntegration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: ref('Api'),
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: arn('Worker'),
      PayloadFormatVersion: '2.0',
    },
  },
  ApiRoute: {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      ApiId: ref('Api'),
      RouteKey: 'GET /incidents/{id}',
      AuthorizationType: 'JWT',
      AuthorizerId: ref('ApiAuthorizer'),
      Target: { 'Fn::Sub': 'integrations/${ApiIntegration}' },
    },
  },
  ApiPermission: {
    Type: 'AWS::Lambda::Permission',
    Properties: { FunctionName: ref('Worker'), Action: 'lambda:InvokeFunction', Principal: 'apigateway.amazonaws.com' },
  },
};

const outputs: readonly (readonly [LabOutput, Json])[] = [
  ...[...queueNames, ...plainNames, ...alarmNames].map((id) => [id, ref(id)] as const),
  ['PoolClient', ref('PoolClient')],
  ['Api', ref('Api')],
  ['ApiUrl', { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] }],
];

export const labTemplate = (): string =>
  JSON.stringify({
    Resources: resources,
    Outputs: Object.fromEntries(outputs.map(([name, value]) => [name, { Value: value }])),
  });
