import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type * as sns from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';

export interface OperationalAlarmProps {
  /** `page`: Kintsugi does not heal, somebody gets up. `ticket`: it heals, somebody looks tomorrow. */
  readonly severity: 'page' | 'ticket';
  /** What has happened, in the words of the one who is woken. */
  readonly summary: string;
  readonly metric: cloudwatch.IMetric;
  readonly comparison?: cloudwatch.ComparisonOperator;
  /** In the metric's unit. */
  readonly threshold: number;
  /** Unit of the threshold, in words. */
  readonly unit: string;
  /** Alarms when `breaching` of the last `of` periods breach. */
  readonly window: { readonly breaching: number; readonly of: number };
  readonly missingData: {
    readonly treatAs: cloudwatch.TreatMissingData;
    /** What it means that there is no data. */
    readonly because: string;
  };
  readonly notify: sns.ITopic;
  readonly runbooksDir: string;
}

/** An alarm on Kintsugi itself; its id is the name of its runbook article. */
export class OperationalAlarm extends Construct {
  readonly resource: cloudwatch.Alarm;
  readonly alarmId: string;
  readonly severity: 'page' | 'ticket';

  /**
   * @param id - kebab-case; `<id>.md` must exist among the runbooks
   * @throws Error when the alarm has no runbook article
   */
  constructor(scope: Construct, id: string, props: OperationalAlarmProps) {
    super(scope, id);
    this.alarmId = id;
    this.severity = props.severity;
    const runbook = join(props.runbooksDir, `${id}.md`);
    if (!existsSync(runbook)) throw new Error(`The alarm ${id} has no runbook: ${runbook} is missing.`);
    const { breaching, of } = props.window;
    this.resource = new cloudwatch.Alarm(this, 'Resource', {
      alarmDescription: [
        `[${props.severity}] ${props.summary}`,
        `Alarms at ${props.threshold} ${props.unit} in ${breaching} of ${of} periods.`,
        `No data: ${props.missingData.because}`,
        `Runbook: lib/observability/runbooks/${id}.md`,
      ].join('\n'),
      metric: props.metric,
      comparisonOperator: props.comparison ?? cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      threshold: props.threshold,
      evaluationPeriods: of,
      datapointsToAlarm: breaching,
      treatMissingData: props.missingData.treatAs,
    });
    this.resource.addAlarmAction(new SnsAction(props.notify));
    this.resource.addOkAction(new SnsAction(props.notify));
  }
}
