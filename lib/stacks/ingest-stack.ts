import { Duration, Stack } from 'aws-cdk-lib';
import type * as dynamodb from 'aws-cdk-lib/aws-dynamodb';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import * as lambda from 'aws-cdk-lib/aws-lambda';
import { DynamoEventSource, SqsDlq, SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { parameterName } from '../config/parameters.ts';
import type { Settings } from '../config/settings.ts';
import { acknowledgeWildcard } from '../constructs/acknowledge.ts';
import { AgentFunction } from '../constructs/agent-function.ts';
import { parkingQueue } from '../constructs/reliable-queue.ts';
import type { DataStack } from './data-stack.ts';
import { MONITOR_TIMEOUT, type EventsStack } from './events-stack.ts';
import type { HealingStack } from './healing-stack.ts';

export interface IngestStackProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly events: EventsStack;
  readonly healing: HealingStack;
}

/** The Issue Monitor, and what comes and goes beside the loop: registrations, heartbeats, published events. */
export class IngestStack extends Stack {
  readonly issueMonitor: AgentFunction;
  readonly detector: AgentFunction;
  readonly publisher: AgentFunction;
  readonly checkpointer: AgentFunction;
  readonly heartbeat: AgentFunction;
  /** Holds the Q-table against its log. */
  readonly learningCheck: AgentFunction;
  readonly registrar: AgentFunction;
  /** Records that the publisher could not put on the bus (positions in the stream, not the records themselves). */
  readonly unpublished: sqs.Queue;
  /** Ends of chains for which no checkpoint could be kept (positions in the stream). */
  readonly uncheckpointed: sqs.Queue;
  /** Events of asynchronous invocations that failed for good: heartbeats, registrations. */
  readonly failedInvocations: sqs.Queue;

  /** The event source mapping by which signals come in; the kill switch disables it. */
  signalsMappingId = '';

  readonly #props: IngestStackProps;

  constructor(scope: Construct, id: string, props: IngestStackProps) {
    super(scope, id, { description: `Kintsugi ${props.settings.environment}: signals in, events out` });
    this.#props = props;
    this.unpublished = parkingQueue(this, 'Unpublished');
    this.uncheckpointed = parkingQueue(this, 'Uncheckpointed');
    this.failedInvocations = parkingQueue(this, 'FailedInvocations');
    this.issueMonitor = this.#issueMonitor();
    this.detector = this.#detector();
    this.publisher = this.#publisher();
    this.checkpointer = this.#checkpointer();
    this.heartbeat = this.#heartbeat();
    this.learningCheck = this.#learningCheck();
    this.registrar = this.#registrar();
  }

  #issueMonitor(): AgentFunction {
    const {
      settings,
      data,
      events: { signals, quarantine },
      healing,
    } = this.#props;
    const fn = new AgentFunction(this, 'IssueMonitor', {
      settings,
      name: 'issue-monitor',
      agent: 'issue-monitor',
      description: 'Normalises and correlates signals, opens incidents',
      timeout: MONITOR_TIMEOUT,
      // A signal that waits goes round until it is too old (`limits.signalMaxAgeSeconds`), eight times while others settle.
      callsItself: true,
    });
    fn.useTable(data.workloads, ['Scan']);
    fn.useTable(data.incidents, ['BatchGetItem', 'PutItem', 'UpdateItem']);
    fn.useTable(data.leases, ['BatchGetItem', 'PutItem', 'UpdateItem']);
    fn.useTable(data.journal, ['PutItem', 'Query']);
    fn.useQueue('QUARANTINE_QUEUE_URL', quarantine);
    // A signal that waits for a second one comes back through the queue.
    fn.useQueue('SIGNALS_QUEUE_URL', signals.resource);
    fn.allowAnywhere(['cloudwatch:DescribeAlarms'], 'Reading alarms by name takes no resource.');
    const { stateMachineArn } = healing.workflow.resource;
    fn.resource.addEnvironment('STATE_MACHINE_ARN', stateMachineArn);
    fn.allow(['states:StartExecution'], stateMachineArn);
    const source = new SqsEventSource(signals.resource, {
      batchSize: 10,
      reportBatchItemFailures: true,
      maxConcurrency: settings.config.monitorConcurrency,
    });
    fn.resource.addEventSource(source);
    this.signalsMappingId = source.eventSourceMappingId;
    return fn;
  }

  /** Called by the schedules of apps in which a workload asked for it; none of them: no call. */
  #detector(): AgentFunction {
    const { settings, data, events: system } = this.#props;
    const fn = new AgentFunction(this, 'Detector', {
      settings,
      name: 'detector',
      agent: 'issue-monitor',
      description: 'Searches metrics for anomalies, foresees what runs out, learns who calls whom',
      timeout: Duration.seconds(60),
      deadLetterQueue: this.failedInvocations,
    });
    fn.useTable(data.workloads, ['BatchGetItem', 'Scan', 'UpdateItem']);
    fn.useTable(data.detectors, ['BatchGetItem', 'PutItem']);
    fn.useQueue('SIGNALS_QUEUE_URL', system.signals.resource);
    fn.allowAnywhere(
      ['cloudwatch:GetMetricData', 'cloudwatch:ListMetrics', 'xray:GetServiceGraph'],
      'Metrics and the service graph have no resource in IAM.',
    );
    fn.resource.addPermission('Schedules', {
      principal: new iam.ServicePrincipal('events.amazonaws.com'),
      sourceArn: this.formatArn({ service: 'events', resource: 'rule', resourceName: '*' }),
    });
    const parameters = {
      'detector-arn': fn.resource.functionArn,
      'detector-role-name': fn.role.roleName,
    } as const;
    for (const key of ['detector-arn', 'detector-role-name'] as const) {
      new ssm.StringParameter(this, key === 'detector-arn' ? 'DetectorArn' : 'DetectorRoleName', {
        parameterName: parameterName(settings.environment, key),
        stringValue: parameters[key],
      });
    }
    return fn;
  }

  #publisher(): AgentFunction {
    const {
      settings,
      data,
      events: { bus },
    } = this.#props;
    const fn = new AgentFunction(this, 'Publisher', {
      settings,
      name: 'publisher',
      agent: 'issue-monitor',
      description: 'Puts each record of the journal on the bus',
      timeout: Duration.seconds(30),
    });
    fn.resource.addEnvironment('EVENT_BUS_NAME', bus.eventBusName);
    fn.allow(['events:PutEvents'], bus.eventBusArn);
    fn.resource.addEventSource(
      new DynamoEventSource(data.journal.resource as dynamodb.ITable, {
        startingPosition: lambda.StartingPosition.TRIM_HORIZON,
        batchSize: 10, // PutEvents takes ten
        bisectBatchOnError: true,
        reportBatchItemFailures: true,
        retryAttempts: 8,
        onFailure: new SqsDlq(this.unpublished),
      }),
    );
    return fn;
  }

  /** Only ends of attempts: while an incident is open, its state machine holds the end of its chain. */
  #checkpointer(): AgentFunction {
    const { settings, data } = this.#props;
    const fn = new AgentFunction(this, 'Checkpointer', {
      settings,
      name: 'checkpointer',
      agent: 'auto-healer',
      description: 'Signs how long which chains of records are, where nobody can change it',
      timeout: Duration.seconds(30),
    });
    fn.useTable(data.leases, ['GetItem', 'UpdateItem']);
    fn.resource.addEnvironment('RECORDS_BUCKET', data.records.bucketName);
    fn.resource.addEnvironment('RECORDS_KEY_ARN', data.recordsKey.keyArn);
    const checkpoints = `${data.exportValue(data.records.bucketArn)}/checkpoints/*`;
    fn.allow(['s3:GetObject', 's3:PutObject'], checkpoints);
    acknowledgeWildcard(fn.role, 'Checkpoints are objects with a number each.', checkpoints);
    fn.allow(['kms:Sign'], data.recordsKey.keyArn);
    fn.resource.addEventSource(
      new DynamoEventSource(data.journal.resource as dynamodb.ITable, {
        startingPosition: lambda.StartingPosition.TRIM_HORIZON,
        batchSize: 100,
        maxBatchingWindow: Duration.minutes(1),
        filters: [
          lambda.FilterCriteria.filter({
            eventName: lambda.FilterRule.isEqual('INSERT'),
            dynamodb: {
              NewImage: { kind: { S: lambda.FilterRule.or('attempt_explained', 'incident_escalated') } },
            },
          }),
        ],
        reportBatchItemFailures: true,
        retryAttempts: 8,
        onFailure: new SqsDlq(this.uncheckpointed),
      }),
    );
    return fn;
  }

  #heartbeat(): AgentFunction {
    const {
      settings,
      data,
      events: { bus },
    } = this.#props;
    const fn = new AgentFunction(this, 'Heartbeat', {
      settings,
      name: 'heartbeat',
      agent: 'auto-healer',
      description: 'Says of each agent that it is alive',
      timeout: Duration.seconds(15),
      deadLetterQueue: this.failedInvocations,
    });
    fn.useTable(data.agents, ['UpdateItem']);
    fn.resource.addEnvironment('EVENT_BUS_NAME', bus.eventBusName);
    fn.allow(['events:PutEvents'], bus.eventBusArn);
    const minutes = settings.config.heartbeatMinutes;
    if (minutes > 0) {
      new events.Rule(this, 'HeartbeatSchedule', {
        schedule: events.Schedule.rate(Duration.minutes(minutes)),
        targets: [new LambdaFunction(fn.resource, { deadLetterQueue: this.failedInvocations, retryAttempts: 2 })],
      });
    }
    return fn;
  }

  /** Once a day: what would be wrong is old evidence, and nobody waits for the answer. */
  #learningCheck(): AgentFunction {
    const { settings, data } = this.#props;
    const fn = new AgentFunction(this, 'LearningCheck', {
      settings,
      name: 'learning-check',
      agent: 'rl-optimizer',
      description: 'Holds the Q-table against its log of experiences',
      timeout: Duration.minutes(5),
      deadLetterQueue: this.failedInvocations,
    });
    fn.useTable(data.qTable, ['Scan']);
    fn.useTable(data.experiences, ['Scan']);
    new events.Rule(this, 'LearningCheckSchedule', {
      schedule: events.Schedule.rate(Duration.days(1)),
      targets: [new LambdaFunction(fn.resource, { deadLetterQueue: this.failedInvocations, retryAttempts: 2 })],
    });
    return fn;
  }

  #registrar(): AgentFunction {
    const { settings, data } = this.#props;
    const fn = new AgentFunction(this, 'Registrar', {
      settings,
      name: 'registrar',
      agent: 'issue-monitor',
      description: 'Registers workloads for SelfHealing.watch',
      timeout: Duration.seconds(30),
      deadLetterQueue: this.failedInvocations,
    });
    fn.useTable(data.workloads, ['PutItem', 'DeleteItem']);
    new ssm.StringParameter(this, 'RegistrarArn', {
      parameterName: parameterName(settings.environment, 'registrar-arn'),
      stringValue: fn.resource.functionArn,
    });
    return fn;
  }
}
