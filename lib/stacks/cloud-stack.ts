import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import * as events from 'aws-cdk-lib/aws-events';
import * as iam from 'aws-cdk-lib/aws-iam';
import * as schemas from 'aws-cdk-lib/aws-eventschemas';
import * as logs from 'aws-cdk-lib/aws-logs';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import * as z from 'zod';
import { EventDetailSchema, EventNameSchema } from '../../core/contracts/event.ts';
import type { Settings } from '../config/settings.ts';
import type { AgentFunction } from '../constructs/agent-function.ts';
import type { OperationalAlarm } from '../constructs/operational-alarm.ts';
import { parkingQueue } from '../constructs/reliable-queue.ts';
import { happened, messagesParked, PERIOD, type AlarmContext } from '../observability/alarms.ts';
import type { ApiStack } from './api-stack.ts';
import type { EventsStack } from './events-stack.ts';
import type { HealingStack } from './healing-stack.ts';
import type { IngestStack } from './ingest-stack.ts';
import type { OperationsStack } from './operations-stack.ts';

export interface CloudStackProps {
  readonly settings: Settings;
  readonly events: EventsStack;
  readonly healing: HealingStack;
  readonly ingest: IngestStack;
  readonly api: ApiStack;
  readonly operations: OperationsStack;
}

/** What only AWS itself creates: event archive and schemas, the bus's log, alarms over several metrics or alarms. */
export class CloudStack extends Stack {
  readonly alarms: readonly OperationalAlarm[];
  readonly #props: CloudStackProps;

  constructor(scope: Construct, id: string, props: CloudStackProps) {
    super(scope, id, { description: `Kintsugi ${props.settings.environment}: what only AWS itself offers` });
    this.#props = props;
    const context: AlarmContext = { notify: props.events.notificationTopic, runbooksDir: props.settings.runbooksDir };
    new events.Archive(this, 'Archive', {
      sourceEventBus: props.events.bus,
      description: 'Everything that was announced, for replay',
      eventPattern: { source: [{ prefix: 'kintsugi.' }] as never },
      retention: Duration.days(props.settings.config.archiveDays),
    });
    this.#publishSchemas();
    const unlogged = parkingQueue(this, 'UnloggedEvents');
    const busLog = this.#logTheBus(unlogged);
    this.alarms = [
      messagesParked(this, 'events-unlogged', {
        ...context,
        queue: unlogged,
        severity: 'ticket',
        summary: 'Events are missing in the log of the bus.',
      }),
      this.#escalationsAlarm(busLog, context),
      ...this.#functionAlarms(context),
    ];
    this.#impairedAlarm();
  }

  /** One schema per event, from the very schema that events are checked against at run time. */
  #publishSchemas(): void {
    const registry = new schemas.CfnRegistry(this, 'Schemas', {
      registryName: this.#props.events.bus.eventBusName,
      description: 'Events of Kintsugi',
    });
    for (const name of EventNameSchema.options) {
      const detail = z.toJSONSchema(EventDetailSchema.extend({ event: z.literal(name) }), {
        target: 'draft-4',
        io: 'input',
      });
      const schema = new schemas.CfnSchema(this, `Schema${name}`, {
        registryName: registry.attrRegistryName,
        schemaName: `kintsugi@${name}`,
        type: 'JSONSchemaDraft4',
        content: JSON.stringify(detail),
      });
      schema.addResourceDependency(registry);
    }
  }

  #logTheBus(unlogged: sqs.Queue): logs.LogGroup {
    const {
      settings,
      events: { bus },
    } = this.#props;
    const busLog = new logs.LogGroup(this, 'BusLog', {
      retention: settings.config.logRetentionDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const policy = new logs.CfnResourcePolicy(this, 'BusLogPolicy', {
      policyName: `kintsugi-${settings.environment}-bus-log`,
      policyDocument: this.toJsonString({
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            Resource: busLog.logGroupArn,
          },
        ],
      }),
    });
    const rule = new events.CfnRule(this, 'LogEvents', {
      description: 'Everything on the bus, readable in CloudWatch Logs',
      eventBusName: bus.eventBusName,
      eventPattern: { source: [{ prefix: 'kintsugi.' }] },
      targets: [
        {
          id: 'Log',
          // A target's ARN is the group's own, without the `:*` that stands for its streams.
          arn: this.formatArn({
            service: 'logs',
            resource: 'log-group',
            arnFormat: ArnFormat.COLON_RESOURCE_NAME,
            resourceName: busLog.logGroupName,
          }),
          deadLetterConfig: { arn: unlogged.queueArn },
        },
      ],
    });
    rule.addResourceDependency(policy);
    unlogged.addToResourcePolicy(
      new iam.PolicyStatement({
        principals: [new iam.ServicePrincipal('events.amazonaws.com')],
        actions: ['sqs:SendMessage'],
        resources: [unlogged.queueArn],
        conditions: { ArnEquals: { 'aws:SourceArn': rule.attrArn } },
      }),
    );
    return busLog;
  }

  #escalationsAlarm(busLog: logs.LogGroup, context: AlarmContext): OperationalAlarm {
    const filter = new logs.MetricFilter(this, 'Escalated', {
      logGroup: busLog,
      filterPattern: logs.FilterPattern.stringValue('$.detail-type', '=', 'IncidentEscalated'),
      metricNamespace: `Kintsugi/${this.#props.settings.environment}`,
      metricName: 'IncidentsEscalated',
    });
    return happened(this, 'escalations-many', {
      ...context,
      severity: 'ticket',
      summary: 'Many incidents were handed to people: healing does not help at present.',
      metric: filter.metric({ period: Duration.hours(1), statistic: 'Sum' }),
      threshold: 3,
      unit: 'incidents an hour',
    });
  }

  /** In groups, because an alarm can add up ten metrics. */
  #functionAlarms(context: AlarmContext): readonly OperationalAlarm[] {
    const { healing, ingest, api } = this.#props;
    const { issueMonitor, detector, publisher, heartbeat, registrar } = ingest;
    const edge = [issueMonitor, detector, publisher, heartbeat, registrar, api.worker.function];
    const answering = api.functions.filter((fn) => fn !== api.worker.function);
    return [
      happened(this, 'loop-function-errors', {
        ...context,
        severity: 'ticket',
        summary: "Functions of the loop's phases failed.",
        metric: sum('Errors', healing.phases, (fn) => fn.resource.metricErrors()),
        unit: 'failed invocations',
      }),
      happened(this, 'edge-function-errors', {
        ...context,
        severity: 'ticket',
        summary: 'Functions around the loop failed: monitor, detector, publisher, heartbeat, registrar or task worker.',
        metric: sum('Errors', edge, (fn) => fn.resource.metricErrors()),
        unit: 'failed invocations',
      }),
      happened(this, 'api-function-errors', {
        ...context,
        severity: 'ticket',
        summary: 'Functions of the HTTP API or of live updates failed.',
        metric: sum('Errors', answering, (fn) => fn.resource.metricErrors()),
        unit: 'failed invocations',
      }),
      happened(this, 'function-throttles', {
        ...context,
        severity: 'ticket',
        summary: "Functions of the loop's phases were throttled: the account's concurrency is used up.",
        metric: sum('Throttles', healing.phases, (fn) => fn.resource.metricThrottles()),
        unit: 'throttled invocations',
      }),
    ];
  }

  /** One state to look at: any alarm for which somebody should get up. */
  #impairedAlarm(): void {
    const {
      operations,
      events: { notificationTopic },
    } = this.#props;
    const pages = [...operations.alarms, ...this.alarms].filter(({ severity }) => severity === 'page');
    const impaired = new cloudwatch.CompositeAlarm(this, 'Impaired', {
      alarmDescription: 'Kintsugi does not heal, or cannot be trusted to. See the alarm of this set that is on.',
      alarmRule: cloudwatch.AlarmRule.anyOf(
        ...pages.map(({ resource }) => cloudwatch.AlarmRule.fromAlarm(resource, cloudwatch.AlarmState.ALARM)),
      ),
    });
    impaired.addAlarmAction(new SnsAction(notificationTopic));
  }
}

const sum = (
  label: string,
  functions: readonly AgentFunction[],
  metric: (fn: AgentFunction) => cloudwatch.IMetric,
): cloudwatch.MathExpression =>
  new cloudwatch.MathExpression({
    label,
    period: PERIOD,
    expression: 'SUM(METRICS())',
    usingMetrics: Object.fromEntries(functions.map((fn, index) => [`m${index}`, metric(fn)])),
  });
