import { join } from 'node:path';
import { CfnOutput, Duration, Stack } from 'aws-cdk-lib';
import * as events from 'aws-cdk-lib/aws-events';
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import { SqsEventSource } from 'aws-cdk-lib/aws-lambda-event-sources';
import type * as iam from 'aws-cdk-lib/aws-iam';
import type * as sqs from 'aws-cdk-lib/aws-sqs';
import * as ssm from 'aws-cdk-lib/aws-ssm';
import type { Construct } from 'constructs';
import { OVERHEAD_SECONDS } from '../config/limits-together.ts';
import { parameterName } from '../config/parameters.ts';
import type { Settings } from '../config/settings.ts';
import { AgentFunction, type AgentFunctionProps } from '../constructs/agent-function.ts';
import type { FunctionName } from '../constructs/bundle.ts';
import { denialOfChanges } from '../constructs/kill-switch.ts';
import { parkingQueue, ReliableQueue } from '../constructs/reliable-queue.ts';
import { Workflow } from '../constructs/workflow.ts';
import type { DataStack } from './data-stack.ts';
import type { EventsStack } from './events-stack.ts';

export interface HealingStackProps {
  readonly settings: Settings;
  readonly data: DataStack;
  readonly events: EventsStack;
}

/** Two calls in a row that hang, 18 s each, and the rest. */
const PHASE_TIMEOUT = Duration.seconds(45);
const MEASUREMENTS = ['cloudwatch:GetMetricData', 'cloudwatch:DescribeAlarms'];
const MEASUREMENTS_REASON = 'Metrics have no resource in IAM, and alarms are described by lists of names.';

/** The Auto Healer: the loop's workflow, and one function with one role for each of its phases. */
export class HealingStack extends Stack {
  readonly workflow: Workflow;
  readonly functions: Readonly<Record<'sense' | 'act' | 'observe' | 'escalate', AgentFunction>>;
  /** All functions of the loop, for its alarms. */
  readonly phases: readonly AgentFunction[];
  /** Attached to Act's role, it stops every change. */
  readonly denial: iam.ManagedPolicy;
  readonly escalations: ReliableQueue;
  readonly undeliveredEscalations: sqs.Queue;

  readonly #settings: Settings;
  readonly #data: DataStack;
  readonly #events: EventsStack;

  constructor(scope: Construct, id: string, props: HealingStackProps) {
    super(scope, id, { description: `Kintsugi ${props.settings.environment}: the healing loop` });
    this.#settings = props.settings;
    this.#data = props.data;
    this.#events = props.events;

    const sense = this.#sense();
    const validate = this.#validate();
    const decide = this.#decide();
    const enforce = this.#enforce();
    const requestApproval = this.#requestApproval();
    const act = this.#act();
    const observe = this.#observe();
    const explain = this.#explain();
    const escalate = this.#escalate();
    this.functions = { sense, act, observe, escalate };
    this.phases = [sense, validate, decide, enforce, requestApproval, act, observe, explain, escalate];
    this.workflow = new Workflow(this, 'HealingLoop', {
      config: props.settings.config,
      definitionFile: join(props.settings.stateMachinesDir, 'healing-loop.asl.json'),
      functions: {
        SenseFunctionArn: sense,
        ValidateFunctionArn: validate,
        DecideFunctionArn: decide,
        EnforceFunctionArn: enforce,
        RequestApprovalFunctionArn: requestApproval,
        ActFunctionArn: act,
        ObserveFunctionArn: observe,
        ExplainFunctionArn: explain,
        EscalateFunctionArn: escalate,
      },
      timeouts: waitsFor(props.settings.config.limits.approvalTtlSeconds),
    });
    this.denial = denialOfChanges(this, props.settings.environment);
    this.escalations = new ReliableQueue(this, 'Escalations', { consumerTimeout: PHASE_TIMEOUT });
    this.undeliveredEscalations = parkingQueue(this, 'UndeliveredEscalations');
    this.#escalateWhatTheLoopCannotCatch(escalate);
    this.#publishRoles();
    new CfnOutput(this, 'StateMachineArn', { value: this.workflow.resource.stateMachineArn });
  }

  #sense(): AgentFunction {
    const timeout = Duration.seconds(this.#settings.config.limits.confirmSeconds + 30);
    const fn = this.#function('sense', 'Gathers the evidence of an incident', timeout);
    fn.useTable(this.#data.journal, ['PutItem']);
    fn.useTable(this.#data.incidents, ['BatchGetItem', 'Query'], 'byWorkload');
    fn.useTable(this.#data.workloads, ['BatchGetItem']);
    fn.useTable(this.#data.leases, ['BatchGetItem']);
    this.#looksAtWorkloads(fn);
    return fn;
  }

  #validate(): AgentFunction {
    const fn = this.#function(
      'validate',
      'Checks that the evidence is fresh and that it is still wrong',
      PHASE_TIMEOUT,
    );
    fn.useTable(this.#data.journal, ['PutItem']);
    fn.allowAnywhere(MEASUREMENTS, MEASUREMENTS_REASON);
    return fn;
  }

  #decide(): AgentFunction {
    const fn = this.#function('decide', 'Chooses the action with the least expected remaining cost', PHASE_TIMEOUT, {
      usesCatalogue: true,
    });
    fn.useTable(this.#data.journal, ['PutItem']);
    fn.useTable(this.#data.qTable, ['Query']);
    fn.resource.addEnvironment('MODEL_PARAMETER', this.#data.model.parameterName);
    fn.allow(['ssm:GetParameter'], this.#data.model.parameterArn);
    return fn;
  }

  #enforce(): AgentFunction {
    const fn = new AgentFunction(this, 'Enforce', {
      settings: this.#settings,
      name: 'enforce',
      agent: 'auto-healer',
      description: 'Runs every guard and takes the lease',
      timeout: PHASE_TIMEOUT,
      policies: this.#settings.policies,
    });
    fn.useTable(this.#data.journal, ['PutItem']);
    fn.useTable(this.#data.leases, ['BatchGetItem', 'UpdateItem', 'ConditionCheckItem']);
    this.#readsMode(fn);
    return fn;
  }

  #requestApproval(): AgentFunction {
    const fn = this.#function('request-approval', 'Asks a person', PHASE_TIMEOUT, {
      agent: 'interaction-agent',
    });
    fn.useTable(this.#data.journal, ['PutItem']);
    fn.useTable(this.#data.incidents, ['UpdateItem']);
    this.#notifies(fn);
    return fn;
  }

  /** What it may change is not here: `SelfHealing.watch` allows that, workload by workload. */
  #act(): AgentFunction {
    const timeout = Duration.seconds(this.#settings.config.limits.actionTimeoutSeconds + OVERHEAD_SECONDS);
    const fn = this.#function('act', 'Applies an action, or undoes it', timeout);
    fn.useTable(this.#data.journal, ['Query', 'PutItem']);
    fn.useTable(this.#data.leases, ['ConditionCheckItem']);
    this.#readsMode(fn);
    this.#looksAtWorkloads(fn);
    return fn;
  }

  #observe(): AgentFunction {
    const timeout = Duration.seconds(this.#settings.config.limits.observeWindowSeconds + OVERHEAD_SECONDS);
    const fn = this.#function('observe', 'Watches for a recovery that holds', timeout);
    fn.useTable(this.#data.journal, ['PutItem']);
    this.#looksAtWorkloads(fn);
    return fn;
  }

  #explain(): AgentFunction {
    const fn = this.#function('explain', 'Ends an attempt: account, evidence for the learner, lease', PHASE_TIMEOUT, {
      usesCatalogue: true,
    });
    fn.useTable(this.#data.journal, ['Query', 'PutItem']);
    fn.useTable(this.#data.incidents, ['UpdateItem']);
    fn.useTable(this.#data.leases, ['UpdateItem', 'PutItem']);
    fn.useTable(this.#data.experiences, ['PutItem', 'BatchGetItem']);
    fn.useTable(this.#data.qTable, ['Query', 'UpdateItem']);
    fn.useQueue('SIGNALS_QUEUE_URL', this.#events.signals.resource);
    this.#notifies(fn);
    return fn;
  }

  #escalate(): AgentFunction {
    const fn = this.#function('escalate', 'Hands an incident over to a person', PHASE_TIMEOUT);
    fn.useTable(this.#data.journal, ['Query', 'PutItem']);
    fn.useTable(this.#data.incidents, ['GetItem', 'UpdateItem']);
    fn.useTable(this.#data.leases, ['UpdateItem', 'PutItem']);
    this.#notifies(fn);
    return fn;
  }

  #function(
    name: FunctionName,
    description: string,
    timeout: Duration,
    special: Partial<Pick<AgentFunctionProps, 'agent' | 'usesCatalogue'>> = {},
  ): AgentFunction {
    const props = { settings: this.#settings, name, agent: 'auto-healer' as const, description, timeout, ...special };
    return new AgentFunction(this, constructId(name), props);
  }

  #readsMode(fn: AgentFunction): void {
    fn.resource.addEnvironment('MODE_PARAMETER', this.#data.mode.parameterName);
    fn.allow(['ssm:GetParameter'], this.#data.mode.parameterArn);
  }

  /** The reads that take no resource; the others are allowed workload by workload. */
  #looksAtWorkloads(fn: AgentFunction): void {
    fn.allowAnywhere(
      [...MEASUREMENTS, 'ecs:DescribeTaskDefinition'],
      `${MEASUREMENTS_REASON} Reading a task definition takes no resource either.`,
    );
  }

  #notifies(fn: AgentFunction): void {
    fn.useQueue('NOTICES_QUEUE_URL', this.#events.notices.resource);
  }

  /** A Catch does not see a time-out of the whole execution, an abort or a runtime error: without this the incident would just end. */
  #escalateWhatTheLoopCannotCatch(escalate: AgentFunction): void {
    new events.Rule(this, 'BrokenExecutions', {
      description: 'Executions of the healing loop that ended without an end of their own',
      eventPattern: {
        source: ['aws.states'],
        detailType: ['Step Functions Execution Status Change'],
        detail: {
          stateMachineArn: [this.workflow.resource.stateMachineArn],
          status: ['FAILED', 'TIMED_OUT', 'ABORTED'],
        },
      },
      targets: [new SqsQueue(this.escalations.resource, { deadLetterQueue: this.undeliveredEscalations })],
    });
    escalate.resource.addEventSource(new SqsEventSource(this.escalations.resource, { reportBatchItemFailures: true }));
  }

  /** By these names `SelfHealing.watch` finds the roles to which it adds a workload's permissions. */
  #publishRoles(): void {
    const { sense, act, observe } = this.functions;
    const roles = { 'sense-role-name': sense, 'act-role-name': act, 'observe-role-name': observe } as const;
    for (const key of ['sense-role-name', 'act-role-name', 'observe-role-name'] as const) {
      new ssm.StringParameter(this, constructId(key), {
        parameterName: parameterName(this.#settings.environment, key),
        stringValue: roles[key].role.roleName,
      });
    }
  }
}

/** A question waits in two steps: after two thirds of its time it is announced that silence will be a no. */
const waitsFor = (approvalTtlSeconds: number): { readonly AwaitApproval: number; readonly AnnounceExpiry: number } => {
  const first = Math.ceil((approvalTtlSeconds * 2) / 3);
  return { AwaitApproval: first, AnnounceExpiry: Math.max(1, approvalTtlSeconds - first) };
};

/** `request-approval` becomes `RequestApproval`. */
const constructId = (name: string): string =>
  name.replace(/(?:^|-)([a-z])/g, (_match, letter: string) => letter.toUpperCase());
