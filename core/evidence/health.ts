import type { AlarmState, MetricSummary, WorkloadState } from '../contracts/evidence.ts';
import type { HealthReading } from '../contracts/outcome.ts';
import type { MetricRole, Workload } from '../contracts/workload.ts';
import type { EpochMs } from '../shared/units.ts';
import { toIso } from '../shared/units.ts';

/** Share of memory or of a pool, in percent, beyond which exhaustion is near enough to count as wrong already. */
export const EXHAUSTION_PERCENT = 80;

export interface HealthInput {
  readonly workload: Workload;
  readonly alarms: readonly AlarmState[];
  readonly metrics: readonly MetricSummary[];
  /** Null when the workload's own service could not be asked. */
  readonly state: WorkloadState | null;
  readonly now: EpochMs;
}

/**
 * How a workload is doing for its users, now.
 *
 * Metrics decide where they exist: an alarm whose own metric is back within its limit reports the past, and a busy CPU
 * without slow or failed requests hurts nobody. Where a metric is silent, or nothing is known of what it may be, its
 * alarm's word stands.
 */
export const readHealth = (input: HealthInput): HealthReading => {
  const current = new Map(input.metrics.flatMap((m) => (m.current === null ? [] : [[m.role, m.current] as const])));
  const breaches = [
    ...metricBreaches(input.workload, current),
    ...capacityBreaches(input),
    ...crashes(input),
    ...standingAlarms(input, current),
  ];
  return {
    at: toIso(input.now),
    healthy: breaches.length === 0,
    impact: Math.max(0, ...breaches.map((breach) => breach.impact)),
    reasons: breaches.map((breach) => breach.reason),
    values: Object.fromEntries(current),
  };
};

interface Breach {
  readonly reason: string;
  /** 0 to 1: share of users' requests that suffer. */
  readonly impact: number;
}

type Limit = (value: number, workload: Workload) => Breach | null;

/** Failed requests count in full; slow ones by how far they are past the objective, fully at five times of it. */
const LIMITS: Partial<Record<MetricRole, Limit>> = {
  errorRate: (value, { slo }) =>
    value > slo.errorRatePercent
      ? {
          reason: `${percent(value)} of requests fail (objective ${percent(slo.errorRatePercent)})`,
          impact: unit(value / 100),
        }
      : null,
  latencyP95: (value, { slo }) =>
    value > slo.latencyP95Ms
      ? {
          reason: `the slowest 5 % of requests take ${Math.round(value)} ms or more (objective ${slo.latencyP95Ms} ms)`,
          impact: unit((value / slo.latencyP95Ms - 1) / 4),
        }
      : null,
  memoryUtilization: (value) => exhaustion('memory', value),
  poolUtilization: (value) => exhaustion('the connection pool', value),
  deadLetters: (value) =>
    value > 0 ? { reason: `${value} messages are in the dead-letter queue`, impact: 0.2 } : null,
};

const exhaustion = (what: string, value: number): Breach | null =>
  value > EXHAUSTION_PERCENT ? { reason: `${what} is ${percent(value)} full`, impact: 0.1 } : null;

const metricBreaches = (workload: Workload, current: ReadonlyMap<MetricRole, number>): Breach[] =>
  [...current].flatMap(([role, value]) => LIMITS[role]?.(value, workload) ?? []);

const capacityBreaches = ({ workload, state }: HealthInput): Breach[] => {
  if (workload.kind !== 'ecs-service' || state?.running == null) return [];
  const missing = workload.minTasks - state.running;
  if (missing <= 0) return [];
  return [
    {
      reason: `${state.running} of at least ${workload.minTasks} tasks are running`,
      impact: state.running === 0 ? 1 : unit(missing / workload.minTasks) / 2,
    },
  ];
};

/** One task that ends is an accident, two are a pattern, however well the service looks between them. */
const PATTERN_EXITS = 2;

const crashes = ({ state }: HealthInput): Breach[] => {
  const exits = state?.exits.length ?? 0;
  return exits < PATTERN_EXITS
    ? []
    : [{ reason: `${exits} tasks failed lately (${state?.exits[0]?.reason ?? 'no reason given'})`, impact: 0.3 }];
};

/** Roles whose alarm says something is wrong even if no metric confirms it. Load alone is never wrong. */
const TELLING: readonly MetricRole[] = [
  'errorRate',
  'latencyP95',
  'runningTaskCount',
  'memoryUtilization',
  'poolUtilization',
  'dependencyErrorRate',
  'queueAge',
  'deadLetters',
];

const standingAlarms = ({ alarms, state }: HealthInput, current: ReadonlyMap<MetricRole, number>): Breach[] =>
  alarms
    .filter((alarm) => alarm.state === 'ALARM' && TELLING.includes(alarm.role))
    .filter(({ role }) => !(current.has(role) && role in LIMITS))
    .filter(({ role }) => !(role === 'runningTaskCount' && state?.running != null))
    .map(({ alarmName, role }) => {
      const value = current.get(role);
      const measured = value === undefined ? 'and its metric is silent' : `at ${Number(value.toFixed(1))}`;
      return { reason: `alarm ${alarmName} is firing ${measured}`, impact: 0.5 };
    });

const unit = (value: number): number => Math.min(1, Math.max(0, value));
const percent = (value: number): string => `${Number(value.toFixed(1))} %`;
