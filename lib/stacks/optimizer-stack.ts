import { join } from 'node:path';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction, SfnStateMachine } from 'aws-cdk-lib/aws-events-targets';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import manifest from '../../package.json' with { type: 'json' };
import type { Settings } from '../config/settings.ts';
import { acknowledgeWildcard } from '../constructs/acknowledge.ts';
import { AgentFunction } from '../constructs/agent-function.ts';
import { parkingQueue } from '../constructs/reliable-queue.ts';
import { Workflow } from '../constructs/workflow.ts';
import { PERIOD } from '../observability/alarms.ts';
import type { DataStack } from './data-stack.ts';
import type { EventsStack } from './events-stack.ts';

export interface OptimizerStackProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly events: EventsStack;
}

/** The RL Optimizer: freezes what was learned into versions, judges them, and tries those that pass. */
export class OptimizerStack extends Stack {
  readonly workflow: Workflow;
  /** The only one that reads and writes versions. */
  readonly trainer: AgentFunction;
  /** The only one that changes which version decides. */
  readonly promoter: AgentFunction;
  readonly functions: readonly AgentFunction[];
  /** Starts and ends of incidents that did not reach the optimizer. */
  readonly undelivered: sqs.Queue;
  /** Candidates that were taken back because they did worse than they promised. */
  readonly returned: cloudwatch.Metric;

  constructor(scope: Construct, id: string, props: OptimizerStackProps) {
    super(scope, id, { description: `Kintsugi ${props.settings.environment}: versions of what was learned` });
    const { settings } = props;
    this.undelivered = parkingQueue(this, 'Undelivered');
    this.trainer = this.#trainer(props);
    this.promoter = this.#promoter(props);
    this.functions = [this.trainer, this.promoter];
    this.workflow = new Workflow(this, 'Optimization', {
      config: settings.config,
      definitionFile: join(settings.stateMachinesDir, 'rl-optimizer.asl.json'),
      functions: { TrainerFunctionArn: this.trainer, PromoterFunctionArn: this.promoter },
    });
    this.returned = new cloudwatch.Metric({
      namespace: 'Kintsugi', // as lambdas/promoter/handler.ts counts it
      metricName: 'ModelReturned',
      dimensionsMap: { service: this.promoter.name },
      statistic: 'Sum',
      period: PERIOD,
    });
    this.#schedule(props, this.promoter);
    new CfnOutput(this, 'TrainerFunctionName', { value: this.trainer.resource.functionName });
    new CfnOutput(this, 'StateMachineArn', { value: this.workflow.resource.stateMachineArn });
  }

  /** Reads the log, writes versions; what decides it cannot change. */
  #trainer({ settings, data }: OptimizerStackProps): AgentFunction {
    const fn = new AgentFunction(this, 'Trainer', {
      settings,
      name: 'trainer',
      agent: 'rl-optimizer',
      description: 'Freezes what was learned into a version, and judges it',
      timeout: Duration.minutes(5),
      usesCatalogue: true,
    });
    fn.useTable(data.experiences, ['Scan']);
    fn.useTable(data.qTable, ['GetItem', 'BatchWriteItem']);
    fn.resource.addEnvironment('CODE_VERSION', manifest.version);
    fn.resource.addEnvironment('MODELS_BUCKET', data.models.bucketName);
    fn.allow(['s3:ListBucket'], data.models.bucketArn);
    // The export by its name, so that the finding that is acknowledged can be named.
    const bucketArn = data.exportValue(data.models.bucketArn);
    for (const prefix of ['versions', 'evaluations']) {
      const objects = `${bucketArn}/${prefix}/*`;
      fn.allow(['s3:GetObject', 's3:PutObject'], objects);
      acknowledgeWildcard(fn.role, 'Each version and each evaluation is an object of its own.', objects);
    }
    return fn;
  }

  /** Changes which version decides, and nothing else. */
  #promoter({ settings, data, events: { bus } }: OptimizerStackProps): AgentFunction {
    const fn = new AgentFunction(this, 'Promoter', {
      settings,
      name: 'promoter',
      agent: 'rl-optimizer',
      description: 'Lets a version decide, widens its trial, takes it back',
      timeout: Duration.seconds(60),
    });
    fn.useTable(data.experiences, ['Scan']);
    fn.useTable(data.qTable, ['GetItem', 'PutItem']);
    fn.useTable(data.agents, ['UpdateItem']);
    fn.resource.addEnvironment('MODEL_PARAMETER', data.model.parameterName);
    fn.allow(['ssm:GetParameter', 'ssm:PutParameter'], data.model.parameterArn);
    fn.resource.addEnvironment('EVENT_BUS_NAME', bus.eventBusName);
    fn.allow(['events:PutEvents'], bus.eventBusArn);
    return fn;
  }

  #schedule({ events: { bus } }: OptimizerStackProps, promoter: AgentFunction): void {
    const { resource } = this.workflow;
    const role = new iam.Role(this, 'ScheduleRole', { assumedBy: new iam.ServicePrincipal('events.amazonaws.com') });
    new events.Rule(this, 'Daily', {
      description: 'Freezes and judges what was learned since yesterday',
      schedule: events.Schedule.rate(Duration.days(1)),
      targets: [new SfnStateMachine(resource, { role, deadLetterQueue: this.undelivered, retryAttempts: 2 })],
    });
    new events.Rule(this, 'IncidentsEnded', {
      description: 'A version on trial is looked at after each incident',
      eventBus: bus,
      eventPattern: {
        source: [{ prefix: 'kintsugi.' }] as never,
        detailType: ['IncidentResolved', 'IncidentEscalated'],
      },
      targets: [new LambdaFunction(promoter.resource, { deadLetterQueue: this.undelivered, retryAttempts: 2 })],
    });
  }
}
