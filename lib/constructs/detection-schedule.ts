import { Duration, Lazy } from 'aws-cdk-lib';
import { Schedule, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { Construct } from 'constructs';
import type { WorkloadId } from '../../core/contracts/workload.ts';

export interface DetectionScheduleProps {
  readonly detectorArn: string;
  /** Minutes between two looks; each costs one reading of each metric, however many samples came since the last. */
  readonly everyMinutes: number;
}

/**
 * Calls an environment's detector for the workloads of one app. It exists only in apps in which a workload asked for it:
 * where nobody did, nothing polls.
 *
 * Its target has no dead-letter queue: the next look reads what a lost one would have read.
 */
export class DetectionSchedule extends Construct {
  readonly #workloads: WorkloadId[] = [];

  constructor(scope: Construct, id: string, props: DetectionScheduleProps) {
    super(scope, id);
    const workloads = Lazy.any({ produce: () => this.#workloads });
    new Rule(this, 'Resource', {
      description: 'Looks at the metrics of workloads that asked for anomaly detection or forecasts',
      schedule: Schedule.rate(Duration.minutes(props.everyMinutes)),
      targets: [
        {
          bind: () => ({
            arn: props.detectorArn,
            input: RuleTargetInput.fromObject({ workloads, time: EventField.time }),
          }),
        },
      ],
    });
  }

  add(workloadId: WorkloadId): void {
    this.#workloads.push(workloadId);
  }
}
