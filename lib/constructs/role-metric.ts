import * as cloudwatch from 'aws-cdk-lib/aws-cloudwatch';
import type { MetricRef, MetricRole } from '../../core/contracts/workload.ts';
import type { NamedMetric } from './watch-options.ts';

/** The metric of one role: by its name, or an expression, which can alarm but has no name to be registered and read by. */
export type RoleMetric = { readonly ref: MetricRef } | { readonly expression: cloudwatch.MathExpression };

/** A metric as it is given to `watch`. */
export type GivenMetric = cloudwatch.Metric | cloudwatch.MathExpression | NamedMetric;

/** @throws Error naming the units that are allowed, when a latency is given in something else */
export const roleMetricOf = (role: MetricRole, metric: GivenMetric): RoleMetric => {
  if ('usingMetrics' in metric) return { expression: metric };
  const { namespace, metricName } = metric;
  const scale = role === 'latencyP95' ? millisecondsIn(metric) : 1;
  return {
    ref: {
      namespace,
      metricName,
      dimensions: { ...metric.dimensions } as Record<string, string>,
      stat: ('statistic' in metric ? metric.statistic : 'stat' in metric ? metric.stat : undefined) ?? 'Average',
      ...(scale === 1 ? {} : { scale }),
    },
  };
};

/** Milliseconds in one of each. */
const MILLISECONDS: Readonly<Record<string, number>> = {
  [cloudwatch.Unit.MICROSECONDS]: 0.001,
  [cloudwatch.Unit.MILLISECONDS]: 1,
  [cloudwatch.Unit.SECONDS]: 1_000,
};

/** What load balancers measure in seconds: nobody says it of these, and an alarm at 400 of them would never fire. */
const IN_SECONDS: readonly string[] = ['AWS/ApplicationELB TargetResponseTime', 'AWS/ELB Latency'];

const millisecondsIn = ({ namespace, metricName, unit }: cloudwatch.Metric | NamedMetric): number => {
  const usual = IN_SECONDS.includes(`${namespace} ${metricName}`)
    ? cloudwatch.Unit.SECONDS
    : cloudwatch.Unit.MILLISECONDS;
  const milliseconds = MILLISECONDS[unit ?? usual];
  if (milliseconds === undefined) {
    throw new Error(
      `metrics.latencyP95: unit = "${unit}" is not allowed; allowed: ${Object.keys(MILLISECONDS).join(', ')}.`,
    );
  }
  return milliseconds;
};
