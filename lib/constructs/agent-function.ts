import type { Duration } from 'aws-cdk-lib';
import { RemovalPolicy } from 'aws-cdk-lib';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as kms from 'aws-cdk-lib/aws-kms';
import type * as sns from 'aws-cdk-lib/aws-sns';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { AgentName } from '../../core/contracts/agent.ts';
import type { PolicySet } from '../../core/guard/policy-set.ts';
import { agentId } from '../config/agents.ts';
import type { Settings } from '../config/settings.ts';
import { acknowledge } from './acknowledge.ts';
import type { FunctionName } from './bundle.ts';
import type { StateTable } from './state-table.ts';

export interface AgentFunctionProps {
  readonly settings: Settings;
  readonly name: FunctionName;
  /** The agent in whose name the function speaks. */
  readonly agent: AgentName;
  /** What it does, for a reader of the Lambda console. */
  readonly description: string;
  readonly timeout: Duration;
  /** Put beside its code, with the engine that evaluates them. @default none: the function asks no policies */
  readonly policies?: PolicySet;
  /**
   * Queue for events of asynchronous invocations that failed for good.
   * @default none: the function is not invoked asynchronously
   */
  readonly deadLetterQueue?: sqs.IQueue;
  /**
   * Whether it decides or learns by the expert catalogue: then it gets the environment's own, where there is one.
   * @default false
   */
  readonly usesCatalogue?: boolean;
  /**
   * Whether it puts messages into a queue that calls it, and what it does so often is bounded. Without it Lambda takes
   * such a chain for a runaway loop after some sixteen rounds, and gives the message up.
   * @default false
   */
  readonly callsItself?: boolean;
}

/** Beside the code of a function that uses the environment's own catalogue. */
const CATALOGUE = 'catalogue.json';
/** Beside the code of a function that asks policies; the handler names it too. */
const POLICIES = 'policies.json';

/** Enough for the SDK to load quickly; Lambda's CPU share grows with memory. */
const MEMORY_MB = 512;

/** One function of an agent: its own code, role, log group and environment, and nothing that it was not given. */
export class AgentFunction extends Construct {
  readonly resource: lambda.Function;
  readonly role: iam.Role;
  readonly name: FunctionName;

  constructor(scope: Construct, id: string, props: AgentFunctionProps) {
    super(scope, id);
    const { settings, name } = props;
    const { config } = settings;
    this.name = name;
    const logGroup = new logs.LogGroup(this, 'Logs', {
      retention: config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY, // logs have their own retention; the journal is the record that is kept
    });
    this.role = new iam.Role(this, 'Role', {
      assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com'),
      description: `Kintsugi ${settings.environment}: ${name}`,
    });
    const catalogue = props.usesCatalogue === true ? settings.catalogue : null;
    this.resource = new lambda.Function(this, 'Resource', {
      description: props.description,
      code: settings.bundles.code(this, name, {
        ...(catalogue === null ? {} : { [CATALOGUE]: JSON.stringify(catalogue) }),
        ...(props.policies === undefined ? {} : { [POLICIES]: JSON.stringify(props.policies) }),
      }),
      handler: 'index.handler',
      runtime: lambda.Runtime.NODEJS_22_X,
      architecture: lambda.Architecture.ARM_64,
      memorySize: MEMORY_MB,
      timeout: props.timeout,
      role: this.role,
      logGroup,
      tracing: lambda.Tracing.ACTIVE,
      ...(props.deadLetterQueue === undefined ? {} : { deadLetterQueue: props.deadLetterQueue }),
      ...(props.callsItself === true ? { recursiveLoop: lambda.RecursiveLoop.ALLOW } : {}),
      environment: {
        KINTSUGI_ENV: settings.environment,
        KINTSUGI_LIMITS: JSON.stringify(config.limits),
        LOG_LEVEL: config.debug ? 'DEBUG' : 'INFO',
        AGENT_ID: agentId(props.agent, settings.environment),
        POWERTOOLS_SERVICE_NAME: name,
        ...(catalogue === null ? {} : { CATALOGUE_FILE: CATALOGUE }),
      },
    });
    this.allow(['logs:CreateLogStream', 'logs:PutLogEvents'], logGroup.logGroupArn);
    acknowledge(
      this.resource,
      'Node.js 22 is what the tests and the local cloud run the same bundles on.',
      'AwsSolutions-L1',
    );
    acknowledge(this.role, 'X-Ray takes traces only for all resources.', 'AwsSolutions-IAM5[Resource::*]');
  }

  /** Allows exactly these actions on exactly these resources. */
  allow(actions: readonly string[], ...resources: readonly string[]): void {
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: [...actions], resources: [...resources] }));
  }

  /**
   * Allows reads of which AWS cannot say on what.
   *
   * @param reason - why AWS offers no resource for them
   */
  allowAnywhere(reads: readonly string[], reason: string): void {
    this.allow(reads, '*');
    acknowledge(this.role, reason, 'AwsSolutions-IAM5[Resource::*]');
  }

  /**
   * Allows operations on a table, and tells the function its name.
   *
   * @param operations - DynamoDB operations, without the service's prefix
   * @param indexes - global indexes that may be queried as well
   */
  useTable(table: StateTable, operations: readonly string[], ...indexes: readonly string[]): void {
    this.resource.addEnvironment(table.variable, table.resource.tableName);
    const arns = [table.resource.tableArn, ...indexes.map((index) => `${table.resource.tableArn}/index/${index}`)];
    this.allow(
      operations.map((operation) => `dynamodb:${operation}`),
      ...arns,
    );
  }

  /** Allows messages to a queue, and tells the function its address in `variable`. */
  useQueue(variable: string, queue: sqs.IQueue): void {
    this.resource.addEnvironment(variable, queue.queueUrl);
    this.allow(['sqs:SendMessage'], queue.queueArn);
  }

  /** Allows notifications to a topic that is encrypted with `key`. */
  useTopic(variable: string, topic: sns.ITopic, key: kms.IKey): void {
    this.resource.addEnvironment(variable, topic.topicArn);
    this.allow(['sns:Publish'], topic.topicArn);
    this.allow(['kms:Decrypt', 'kms:GenerateDataKey'], key.keyArn);
  }
}
