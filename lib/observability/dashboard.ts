import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { Construct } from 'constructs';
import type { AgentFunction } from '../constructs/agent-function.ts';
import type { OperationalAlarm } from '../constructs/operational-alarm.ts';
import type { EventsStack } from '../stacks/events-stack.ts';
import type { HealingStack } from '../stacks/healing-stack.ts';
import type { IngestStack } from '../stacks/ingest-stack.ts';
import { PERIOD } from './alarms.ts';

export interface DashboardProps {
  readonly events: EventsStack;
  readonly healing: HealingStack;
  readonly ingest: IngestStack;
  readonly alarms: readonly OperationalAlarm[];
}

/** One row per question: is something wrong? does it heal? does it keep up? where is the time spent? */
export const createDashboard = (scope: Construct, props: DashboardProps): cloudwatch.Dashboard => {
  const loop = props.healing.workflow.resource;
  const functions = [...props.healing.phases, props.ingest.issueMonitor, props.ingest.publisher];
  const each = (metric: (fn: AgentFunction) => cloudwatch.IMetric): cloudwatch.IMetric[] => functions.map(metric);
  const graph = (title: string, left: cloudwatch.IMetric[]): cloudwatch.GraphWidget =>
    new cloudwatch.GraphWidget({ title, left, width: 12, leftYAxis: { min: 0 } });
  return new cloudwatch.Dashboard(scope, 'Dashboard', {
    widgets: [
      [
        new cloudwatch.AlarmStatusWidget({
          title: 'Alarms on Kintsugi itself',
          alarms: props.alarms.map((alarm) => alarm.resource),
          width: 24,
        }),
      ],
      [
        graph('Incidents by how their execution ended', [
          loop.metricStarted({ period: PERIOD }),
          loop.metricSucceeded({ period: PERIOD }),
          loop.metricFailed({ period: PERIOD }),
          loop.metricTimedOut({ period: PERIOD }),
          loop.metricAborted({ period: PERIOD }),
        ]),
        graph('Time of the loop, milliseconds', [
          loop.metricTime({ period: PERIOD, statistic: 'p50' }),
          loop.metricTime({ period: PERIOD, statistic: 'p95' }),
        ]),
      ],
      [
        graph('Signals: waiting, seconds', [
          props.events.signals.resource.metricApproximateAgeOfOldestMessage({ period: PERIOD, statistic: 'Maximum' }),
        ]),
        graph('Signals: received and quarantined', [
          props.events.signals.resource.metricNumberOfMessagesReceived({ period: PERIOD }),
          props.events.quarantine.metricNumberOfMessagesSent({ period: PERIOD }),
        ]),
      ],
      [
        graph(
          'Duration of each function, p95, milliseconds',
          each((fn) => fn.resource.metricDuration({ period: PERIOD, statistic: 'p95', label: fn.name })),
        ),
        graph(
          'Errors of each function',
          each((fn) => fn.resource.metricErrors({ period: PERIOD, label: fn.name })),
        ),
      ],
    ],
  });
};
