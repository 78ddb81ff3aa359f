import { Duration } from 'aws-cdk-lib';
import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricRef, MetricRole, Slo } from '../../core/contracts/workload.ts';
import type { RoleMetric } from './role-metric.ts';

/** When an alarm looks: every `periodSeconds`, and fires when `datapointsToAlarm` of `evaluationPeriods` breach. */
export interface Evaluation {
  /** 10, 30 or a multiple of 60. */
  readonly periodSeconds: number;
  readonly evaluationPeriods: number;
  readonly datapointsToAlarm: number;
}

/** What thresholds depend on. */
export interface ThresholdContext {
  readonly slo: Slo;
  /** Fewest tasks that a service may run; 0 where there are no tasks. */
  readonly minTasks: number;
}

interface AlarmRule {
  readonly breaches: 'above' | 'below';
  readonly threshold: (context: ThresholdContext) => number;
  readonly unit: string;
  readonly treatMissingData: cloudwatch.TreatMissingData;
  readonly evaluation: Evaluation;
}

const { MISSING, NOT_BREACHING } = cloudwatch.TreatMissingData;

/** Two of three minutes: one bad minute is a blip, and a second one costs a user more than a wrong look costs us. */
const TWO_OF_THREE: Evaluation = { periodSeconds: 60, evaluationPeriods: 3, datapointsToAlarm: 2 };
/** What does not pass by itself need not be seen twice. */
const AT_ONCE: Evaluation = { periodSeconds: 60, evaluationPeriods: 1, datapointsToAlarm: 1 };

/**
 * When each thing that can be measured is wrong. Roles without a rule are context, never a reason to act.
 *
 * | role | alarm when | M of N | no data means |
 * | --- | --- | --- | --- |
 * | errorRate | above the SLO's percentage | 2 of 3 min | no requests, so no errors |
 * | latencyP95 | above the SLO's milliseconds | 2 of 3 min | no requests, so none is slow |
 * | cpuUtilization | above 85 % | 2 of 3 min | unknown: the state stays |
 * | memoryUtilization | above 80 %, before the kernel kills at 100 | 2 of 3 min | unknown |
 * | runningTaskCount | below minTasks | 2 of 3 min | unknown (Container Insights may be off) |
 * | queueAge | oldest message above 300 s | 2 of 3 min | an idle queue |
 * | deadLetters | any | 1 of 1 min | an idle queue |
 */
const RULES: Readonly<Partial<Record<MetricRole, AlarmRule>>> = {
  errorRate: {
    breaches: 'above',
    threshold: ({ slo }) => slo.errorRatePercent,
    unit: 'percent',
    treatMissingData: NOT_BREACHING,
    evaluation: TWO_OF_THREE,
  },
  latencyP95: {
    breaches: 'above',
    threshold: ({ slo }) => slo.latencyP95Ms,
    unit: 'milliseconds',
    treatMissingData: NOT_BREACHING,
    evaluation: TWO_OF_THREE,
  },
  cpuUtilization: {
    breaches: 'above',
    threshold: () => 85,
    unit: 'percent',
    treatMissingData: MISSING,
    evaluation: TWO_OF_THREE,
  },
  memoryUtilization: {
    breaches: 'above',
    threshold: () => 80,
    unit: 'percent',
    treatMissingData: MISSING,
    evaluation: TWO_OF_THREE,
  },
  runningTaskCount: {
    breaches: 'below',
    threshold: ({ minTasks }) => minTasks,
    unit: 'tasks',
    treatMissingData: MISSING,
    evaluation: TWO_OF_THREE,
  },
  queueAge: {
    breaches: 'above',
    threshold: () => 300,
    unit: 'seconds',
    treatMissingData: NOT_BREACHING,
    evaluation: TWO_OF_THREE,
  },
  deadLetters: {
    breaches: 'above',
    threshold: () => 0,
    unit: 'messages',
    treatMissingData: NOT_BREACHING,
    evaluation: AT_ONCE,
  },
};

/** Properties of the alarm on one role of a workload; null for a role that is context only. */
export const alarmFor = (
  role: MetricRole,
  metric: RoleMetric,
  context: ThresholdContext & { readonly evaluation: Evaluation | undefined },
): cloudwatch.AlarmProps | null => {
  const rule = RULES[role];
  if (rule === undefined) return null;
  const { periodSeconds, evaluationPeriods, datapointsToAlarm } = context.evaluation ?? rule.evaluation;
  const threshold = rule.threshold(context);
  const period = Duration.seconds(periodSeconds);
  return {
    alarmDescription: `${role} ${rule.breaches} ${threshold} ${rule.unit}`,
    ...('ref' in metric
      ? { metric: named(metric.ref, period), threshold: threshold / (metric.ref.scale ?? 1) }
      : { metric: metric.expression.with({ period }), threshold }),
    comparisonOperator:
      rule.breaches === 'above'
        ? cloudwatch.ComparisonOperator.GREATER_THAN_THRESHOLD
        : cloudwatch.ComparisonOperator.LESS_THAN_THRESHOLD,
    evaluationPeriods,
    datapointsToAlarm,
    treatMissingData: rule.treatMissingData,
  };
};

const named = ({ namespace, metricName, dimensions, stat }: MetricRef, period: Duration): cloudwatch.Metric =>
  new cloudwatch.Metric({ namespace, metricName, dimensionsMap: { ...dimensions }, statistic: stat, period });
