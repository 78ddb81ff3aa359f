import { Duration } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { EventName } from '../../core/contracts/event.ts';
import { PrioritySchema, type Priority } from '../../core/contracts/api/tasks.ts';
import type { Settings } from '../config/settings.ts';
import { AgentFunction } from './agent-function.ts';
import { parkingQueue, type ReliableQueue } from './reliable-queue.ts';
import type { DataStack } from '../stacks/data-stack.ts';
import type { EventsStack } from '../stacks/events-stack.ts';
import type { HealingStack } from '../stacks/healing-stack.ts';

export interface TaskWorkerProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly events: EventsStack;
  readonly healing: HealingStack;
  /** Stops everything, for those who may. */
  readonly stop: AgentFunction;
  readonly queues: Readonly<Record<Priority, ReliableQueue>>;
}

/** A task is read, checked and begun within seconds; what carries it out is the healing loop. */
export const WORKER_TIMEOUT = Duration.seconds(30);

/** Tasks of one priority that are begun at once. Each queue has its own: the high one never waits behind the others. */
const AT_ONCE = 2;

/** What tells how far the incident of a task is. */
const TELLING: readonly EventName[] = [
  'ActionAllowed',
  'ActionRefused',
  'ApprovalRequested',
  'ApprovalAnswered',
  'IncidentResolved',
  'IncidentDismissed',
  'IncidentEscalated',
];

/** Begins the tasks of three queues, each in a lane of its own, and follows the incidents that carry them out. */
export class TaskWorker extends Construct {
  readonly function: AgentFunction;
  /** Events of incidents whose tasks could not be told. */
  readonly unfollowed: sqs.Queue;

  constructor(scope: Construct, id: string, props: TaskWorkerProps) {
    super(scope, id);
    this.unfollowed = parkingQueue(this, 'Unfollowed');
    this.function = this.#function(props);
    for (const priority of PrioritySchema.options) {
      const { resource } = props.queues[priority];
      this.function.resource.addEventSource(
        new SqsEventSource(resource, { batchSize: 1, maxConcurrency: AT_ONCE, reportBatchItemFailures: true }),
      );
    }
    new events.Rule(this, 'Progress', {
      description: 'How far the incidents are that carry out tasks',
      eventBus: props.events.bus,
      eventPattern: {
        source: events.Match.prefix('kintsugi.'),
        detailType: [...TELLING],
        detail: { correlation_id: events.Match.prefix('task-') },
      },
      targets: [new LambdaFunction(this.function.resource, { deadLetterQueue: this.unfollowed, retryAttempts: 2 })],
    });
  }

  #function({ settings, data, healing, stop, queues }: TaskWorkerProps): AgentFunction {
    const fn = new AgentFunction(this, 'Function', {
      settings,
      name: 'task-worker',
      agent: 'interaction-agent',
      description: 'Begins what people ask for, and follows it',
      timeout: WORKER_TIMEOUT,
      // A task that ends wakes those that wait for it: a chain is as long as the list of tasks, each of which ends once.
      callsItself: true,
      deadLetterQueue: this.unfollowed,
    });
    fn.useTable(data.interactions, ['GetItem', 'PutItem', 'Query', 'UpdateItem']);
    fn.useTable(data.incidents, ['GetItem', 'PutItem', 'UpdateItem']);
    fn.useTable(data.journal, ['PutItem', 'Query']);
    fn.useTable(data.leases, ['PutItem']);
    fn.useTable(data.experiences, ['BatchGetItem', 'PutItem']);
    fn.useTable(data.qTable, ['UpdateItem']);
    fn.useTable(data.workloads, ['Scan', 'UpdateItem']);
    for (const priority of PrioritySchema.options) {
      fn.useQueue(`${priority.toUpperCase()}_TASKS_QUEUE_URL`, queues[priority].resource);
    }
    const { stateMachineArn } = healing.workflow.resource;
    fn.resource.addEnvironment('STATE_MACHINE_ARN', stateMachineArn);
    fn.allow(['states:StartExecution', 'states:SendTaskSuccess'], stateMachineArn);
    fn.resource.addEnvironment('MODE_PARAMETER', data.mode.parameterName);
    fn.allow(['ssm:GetParameter', 'ssm:PutParameter'], data.mode.parameterArn);
    fn.resource.addEnvironment('STOP_FUNCTION', stop.resource.functionName);
    fn.allow(['lambda:InvokeFunction'], stop.resource.functionArn);
    return fn;
  }
}
