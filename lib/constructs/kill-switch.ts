import { ArnFormat, CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type * as ssm from 'aws-cdk-lib/aws-ssm';
import { Construct } from 'constructs';
import type { Settings } from '../config/settings.ts';
import { AgentFunction } from './agent-function.ts';
import { parkingQueue } from './reliable-queue.ts';

export interface KillSwitchProps {
  readonly settings: Settings;
  /** The first place: read before every verdict and every action. */
  readonly mode: ssm.StringParameter;
  /** The only function that changes workloads: without concurrency it does not run, with the denial it may not. */
  readonly act: AgentFunction;
  /** The way in: the event source mapping from the signals' queue to the Issue Monitor. */
  readonly signalsMappingId: string;
  /** Attached to Act's role, it denies every change of a workload. */
  readonly denial: iam.ManagedPolicy;
}

/**
 * What a stopped Act may still do: read, and write down how an action ended that was under way. Whatever is not here is
 * denied, so that an action that is invented later is denied too.
 */
const STILL_ALLOWED = [
  'logs:*',
  'xray:*',
  'ssm:GetParameter',
  'dynamodb:PutItem',
  'dynamodb:ConditionCheckItem',
  'cloudwatch:GetMetricData',
  'cloudwatch:DescribeAlarms',
  'ecs:Describe*',
  'ecs:List*',
  'lambda:Get*',
  'lambda:List*',
  'sqs:GetQueueAttributes',
];

/**
 * Three independent places that each stop every change on its own: the mode parameter, the entry (signals' mapping and
 * Act's concurrency), and a denial on Act's role. `kintsugi stop` closes all three; setting the mode to off by any
 * other way closes the third as well.
 */
export class KillSwitch extends Construct {
  /** What an operator assumes who may stop and resume, and nothing else. */
  readonly operator: iam.Role;
  readonly function: AgentFunction;
  /** Changes of the mode that could not be followed. */
  readonly missed: sqs.Queue;

  constructor(scope: Construct, id: string, props: KillSwitchProps) {
    super(scope, id);
    const { act, mode, signalsMappingId, denial } = props;
    this.missed = parkingQueue(this, 'Missed');
    this.function = this.#denyWhenOff(props);
    this.operator = this.#operator(props);
    new CfnOutput(Stack.of(this), 'ActFunctionName', { value: act.resource.functionName });
    new CfnOutput(Stack.of(this), 'ActRoleName', { value: act.role.roleName });
    new CfnOutput(Stack.of(this), 'DenialArn', { value: denial.managedPolicyArn });
    new CfnOutput(Stack.of(this), 'SignalsMappingId', { value: signalsMappingId });
    new CfnOutput(Stack.of(this), 'ModeParameterName', { value: mode.parameterName });
    new CfnOutput(Stack.of(this), 'OperatorRoleArn', { value: this.operator.roleArn });
  }

  /** One way only: it takes a person to let go again. */
  #denyWhenOff({ settings, mode, act, denial }: KillSwitchProps): AgentFunction {
    const fn = new AgentFunction(this, 'Function', {
      settings,
      name: 'kill-switch',
      agent: 'auto-healer',
      description: 'Denies Act every change when the mode is turned to off',
      timeout: Duration.seconds(15),
      deadLetterQueue: this.missed,
    });
    fn.resource.addEnvironment('MODE_PARAMETER', mode.parameterName);
    fn.resource.addEnvironment('ACT_ROLE_NAME', act.role.roleName);
    fn.resource.addEnvironment('DENIAL_ARN', denial.managedPolicyArn);
    fn.allow(['ssm:GetParameter'], mode.parameterArn);
    fn.role.addToPrincipalPolicy(only(['iam:AttachRolePolicy'], act, denial));
    new events.Rule(this, 'ModeChanged', {
      description: 'The mode parameter was written',
      eventPattern: {
        source: ['aws.ssm'],
        detailType: ['Parameter Store Change'],
        detail: { name: [mode.parameterName], operation: ['Update', 'Create', 'Delete'] },
      },
      targets: [new LambdaFunction(fn.resource, { deadLetterQueue: this.missed, retryAttempts: 2 })],
    });
    return fn;
  }

  #operator({ settings, mode, act, signalsMappingId, denial }: KillSwitchProps): iam.Role {
    const mapping = mappingArn(this, signalsMappingId);
    const role = new iam.Role(this, 'Operator', {
      assumedBy: new iam.AccountRootPrincipal(), // who of the account, its own policies say by sts:AssumeRole on this role
      description: `Kintsugi ${settings.environment}: may stop and resume`,
    });
    const allow = (actions: readonly string[], resource: string): boolean =>
      role.addToPolicy(new iam.PolicyStatement({ actions: [...actions], resources: [resource] }));
    allow(['cloudformation:DescribeStacks'], Stack.of(this).stackId);
    allow(['ssm:GetParameter', 'ssm:PutParameter'], mode.parameterArn);
    allow(['lambda:GetEventSourceMapping', 'lambda:UpdateEventSourceMapping'], mapping);
    allow(
      ['lambda:GetFunctionConcurrency', 'lambda:PutFunctionConcurrency', 'lambda:DeleteFunctionConcurrency'],
      act.resource.functionArn,
    );
    allow(['iam:ListAttachedRolePolicies'], act.role.roleArn);
    role.addToPolicy(only(['iam:AttachRolePolicy', 'iam:DetachRolePolicy'], act, denial));
    return role;
  }
}

/** Denies every change; in the stack of Act, because those who may stop by it are in several. */
export const denialOfChanges = (scope: Construct, environment: string): iam.ManagedPolicy =>
  new iam.ManagedPolicy(scope, 'Denial', {
    description: `Kintsugi ${environment} is stopped: Act may read and record, and change nothing`,
    statements: [new iam.PolicyStatement({ effect: iam.Effect.DENY, notActions: STILL_ALLOWED, resources: ['*'] })],
  });

/** Lets a function close all three places, and open none. */
export const allowStop = (
  fn: AgentFunction,
  { mode, act, signalsMappingId, denial }: Omit<KillSwitchProps, 'settings'>,
): void => {
  fn.resource.addEnvironment('MODE_PARAMETER', mode.parameterName);
  fn.resource.addEnvironment('ACT_FUNCTION_NAME', act.resource.functionName);
  fn.resource.addEnvironment('ACT_ROLE_NAME', act.role.roleName);
  fn.resource.addEnvironment('DENIAL_ARN', denial.managedPolicyArn);
  fn.resource.addEnvironment('SIGNALS_MAPPING_ID', signalsMappingId);
  fn.allow(['ssm:PutParameter'], mode.parameterArn);
  fn.allow(['lambda:PutFunctionConcurrency'], act.resource.functionArn);
  fn.allow(['lambda:UpdateEventSourceMapping'], mappingArn(fn, signalsMappingId));
  fn.role.addToPrincipalPolicy(only(['iam:AttachRolePolicy'], act, denial));
};

/** This one policy on this one role: nobody becomes more than they are by it. */
const only = (actions: readonly string[], act: AgentFunction, denial: iam.ManagedPolicy): iam.PolicyStatement =>
  new iam.PolicyStatement({
    actions: [...actions],
    resources: [act.role.roleArn],
    conditions: { ArnEquals: { 'iam:PolicyARN': denial.managedPolicyArn } },
  });

const mappingArn = (scope: Construct, id: string): string =>
  Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'event-source-mapping',
    resourceName: id,
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
