import { Stack } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { PrioritySchema } from '../../core/contracts/api/tasks.ts';
import type { Settings } from '../config/settings.ts';
import type { OperationalAlarm } from '../constructs/operational-alarm.ts';
import { happened, messagesParked, PERIOD, silent, waiting, type AlarmContext } from '../observability/alarms.ts';
import { createDashboard } from '../observability/dashboard.ts';
import { KillSwitch } from '../constructs/kill-switch.ts';
import type { DataStack } from './data-stack.ts';
import type { ApiStack } from './api-stack.ts';
import type { EventsStack } from './events-stack.ts';
import type { HealingStack } from './healing-stack.ts';
import type { IngestStack } from './ingest-stack.ts';
import type { OptimizerStack } from './optimizer-stack.ts';

export interface OperationsStackProps {
  readonly settings: Settings;
  readonly events: EventsStack;
  readonly healing: HealingStack;
  readonly ingest: IngestStack;
  readonly data: DataStack;
  readonly api: ApiStack;
  readonly optimizer: OptimizerStack;
}

/** Watches the watcher, and stops it: alarms on Kintsugi itself, one dashboard, the kill switch. */
export class OperationsStack extends Stack {
  readonly alarms: readonly OperationalAlarm[];
  readonly killSwitch: KillSwitch;

  constructor(scope: Construct, id: string, props: OperationsStackProps) {
    super(scope, id, { description: `Kintsugi ${props.settings.environment}: alarms on Kintsugi itself` });
    const context: AlarmContext = { notify: props.events.notificationTopic, runbooksDir: props.settings.runbooksDir };
    this.killSwitch = new KillSwitch(this, 'KillSwitch', {
      settings: props.settings,
      mode: props.data.mode,
      act: props.healing.functions.act,
      signalsMappingId: props.ingest.signalsMappingId,
      denial: props.healing.denial,
    });
    this.alarms = [
      ...this.#queueAlarms(props, context),
      ...this.#loopAlarms(props, context),
      ...this.#optimizerAlarms(props, context),
      ...this.#heartbeatAlarm(props, context),
      messagesParked(this, 'kill-switch-missed', {
        ...context,
        queue: this.killSwitch.missed,
        severity: 'page',
        summary: 'The mode was written, and whether it is off could not be followed by a denial.',
      }),
    ];
    createDashboard(this, { ...props, alarms: this.alarms });
  }

  #queueAlarms(
    { events, healing, ingest, api }: OperationsStackProps,
    context: AlarmContext,
  ): readonly OperationalAlarm[] {
    return [
      waiting(this, 'signals-waiting', {
        ...context,
        severity: 'page',
        summary: 'Signals wait: incidents are opened late or not at all.',
        metric: events.signals.resource.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
        threshold: 120,
        unit: 'seconds',
      }),
      messagesParked(this, 'signals-dead-letters', {
        ...context,
        queue: events.signals.deadLetters,
        severity: 'page',
        summary: `Signals failed ${events.signals.maxReceiveCount} times: what they report is not being healed.`,
      }),
      messagesParked(this, 'signals-undelivered', {
        ...context,
        queue: events.undeliveredSignals,
        severity: 'page',
        summary: 'Alarms or events could not be put into the signals queue.',
      }),
      messagesParked(this, 'signals-quarantined', {
        ...context,
        queue: events.quarantine,
        severity: 'ticket',
        summary: 'Signals could not be understood or are about nothing that is registered.',
      }),
      messagesParked(this, 'notices-dead-letters', {
        ...context,
        queue: events.notices.deadLetters,
        severity: 'page',
        summary: 'People were not told what they should know: a question may be waiting for an answer.',
      }),
      messagesParked(this, 'escalations-dead-letters', {
        ...context,
        queue: healing.escalations.deadLetters,
        severity: 'page',
        summary: 'A broken execution could not be escalated: its incident has no owner.',
      }),
      messagesParked(this, 'escalations-undelivered', {
        ...context,
        queue: healing.undeliveredEscalations,
        severity: 'page',
        summary: 'The end of a broken execution could not be queued: its incident has no owner.',
      }),
      messagesParked(this, 'events-unpublished', {
        ...context,
        queue: ingest.unpublished,
        severity: 'ticket',
        summary: 'Journal records were not put on the bus: subscribers miss events.',
      }),
      messagesParked(this, 'records-uncheckpointed', {
        ...context,
        queue: ingest.uncheckpointed,
        severity: 'ticket',
        summary: 'No checkpoint could be kept: records that are missing at the end of a chain would not be noticed.',
      }),
      messagesParked(this, 'invocations-failed', {
        ...context,
        queue: ingest.failedInvocations,
        severity: 'ticket',
        summary: 'A heartbeat, a look at metrics or a registration failed for good.',
      }),
      messagesParked(this, 'live-undelivered', {
        ...context,
        queue: api.live.unfed,
        severity: 'ticket',
        summary: 'Events were not handed on: dashboards show them late, or deployments are not recorded.',
      }),
      messagesParked(this, 'tasks-unfollowed', {
        ...context,
        queue: api.worker.unfollowed,
        severity: 'ticket',
        summary: 'What became of a task was not noted: those that wait for it wait on.',
      }),
      ...PrioritySchema.options.map((priority) =>
        messagesParked(this, `${priority}-tasks-dead-letters`, {
          ...context,
          queue: api.tasks[priority].deadLetters,
          severity: 'ticket',
          summary: `Tasks of ${priority} priority failed ${api.tasks[priority].maxReceiveCount} times: people wait for them.`,
        }),
      ),
    ];
  }

  #loopAlarms({ healing, ingest }: OperationsStackProps, context: AlarmContext): readonly OperationalAlarm[] {
    const loop = healing.workflow.resource;
    return [
      happened(this, 'executions-failed', {
        ...context,
        severity: 'page',
        summary: 'The healing loop failed in a way that it could not catch.',
        metric: loop.metricFailed({ period: PERIOD }),
        unit: 'executions',
      }),
      happened(this, 'executions-timed-out', {
        ...context,
        severity: 'page',
        summary: 'The healing loop ran out of time.',
        metric: loop.metricTimedOut({ period: PERIOD }),
        unit: 'executions',
      }),
      happened(this, 'loop-broken', {
        ...context,
        severity: 'ticket',
        summary: 'A phase failed and its incident was handed to a person.',
        metric: healing.functions.escalate.resource.metricInvocations({ period: PERIOD }),
        unit: 'invocations of Escalate',
      }),
      happened(this, 'learning-differs', {
        ...context,
        severity: 'ticket',
        summary: 'The Q-table is not what its log of experiences adds up to, or could not be checked.',
        metric: ingest.learningCheck.resource.metricErrors({ period: PERIOD }),
        unit: 'failed checks',
      }),
      waiting(this, 'publisher-behind', {
        ...context,
        severity: 'ticket',
        summary: 'Events reach the bus late.',
        metric: ingest.publisher.resource.metric('IteratorAge', { period: PERIOD, statistic: 'Maximum' }),
        threshold: 60_000,
        unit: 'milliseconds',
      }),
    ];
  }

  #optimizerAlarms({ optimizer }: OperationsStackProps, context: AlarmContext): readonly OperationalAlarm[] {
    return [
      happened(this, 'optimizer-failed', {
        ...context,
        severity: 'ticket',
        summary: 'What was learned is not frozen and judged; the version in use goes on deciding.',
        metric: optimizer.workflow.resource.metricFailed({ period: PERIOD }),
        unit: 'executions',
      }),
      happened(this, 'model-returned', {
        ...context,
        severity: 'ticket',
        summary: 'A candidate did worse than it promised: the champion decides again.',
        metric: optimizer.returned,
        unit: 'returns',
      }),
      messagesParked(this, 'optimizer-undelivered', {
        ...context,
        queue: optimizer.undelivered,
        severity: 'ticket',
        summary: 'The optimizer was not started, or did not hear of the end of an incident.',
      }),
    ];
  }

  /** Without a schedule there is nothing to wait for. */
  #heartbeatAlarm({ settings, ingest }: OperationsStackProps, context: AlarmContext): readonly OperationalAlarm[] {
    const everyMinutes = settings.config.heartbeatMinutes;
    if (everyMinutes === 0) return [];
    return [silent(this, 'heartbeat-missing', { ...context, heartbeat: ingest.heartbeat, everyMinutes })];
  }
}
