import type { MetricRef, MetricRole, Workload } from '../contracts/workload.ts';
import { demandSince } from '../forecast/demand-history.ts';
import { EXHAUSTIBLE, TREND_SAMPLES } from '../forecast/outlook.ts';
import type { SampleWindow } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import { durationMs, epochMs, seconds } from '../shared/units.ts';
import type { MetricWatch } from './metric-watch.ts';

/** Most metrics that are read with one request. */
const BATCH = 500;
/** A period is read when the next one is over too: its last samples may be late. */
const LATE_PERIODS = 1;

/** A metric that somebody asked to be looked at. */
export interface WatchedMetric {
  /** Key of its memory: `payments#latencyP95`. */
  readonly key: string;
  readonly workload: Workload;
  readonly role: MetricRole;
  readonly ref: MetricRef;
  readonly anomalies: boolean;
}

/** What is looked at for a workload: the roles of its anomalies, and those whose future is asked for. */
export const watchedMetrics = (workload: Workload): readonly WatchedMetric[] => {
  const { detection, metrics } = workload;
  if (detection === undefined) return [];
  const foreseen = (role: MetricRole): boolean =>
    detection.forecasts !== null &&
    (role in EXHAUSTIBLE || (role === 'requestCount' && detection.forecasts.requestsPerTask !== null));
  return (Object.entries(metrics) as [MetricRole, MetricRef][])
    .filter(([role]) => detection.anomalies.includes(role) || foreseen(role))
    .map(([role, ref]) => ({
      key: `${workload.workloadId}#${role}`,
      workload,
      role,
      ref,
      anomalies: detection.anomalies.includes(role),
    }));
};

/** Metrics that are read with one request. */
export interface MetricBatch {
  readonly metrics: readonly WatchedMetric[];
  readonly window: SampleWindow;
}

/**
 * Which metrics are read together, and how far back: far enough for a trend, and for demand that was never looked at
 * as far as its seasons go. Only periods that are over are read.
 */
export const batchesOf = (
  metrics: readonly WatchedMetric[],
  watches: ReadonlyMap<string, MetricWatch>,
  now: EpochMs,
): readonly MetricBatch[] => {
  const groups = new Map<string, { readonly window: SampleWindow; readonly metrics: WatchedMetric[] }>();
  for (const metric of metrics) {
    const window = windowOf(metric, watches.get(metric.key) ?? null, now);
    const key = `${window.periodSeconds}|${window.from}`;
    const group = groups.get(key) ?? { window, metrics: [] };
    group.metrics.push(metric);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ window, metrics: grouped }) =>
    Array.from({ length: Math.ceil(grouped.length / BATCH) }, (_, index) => ({
      metrics: grouped.slice(index * BATCH, (index + 1) * BATCH),
      window,
    })),
  );
};

const windowOf = ({ workload, role }: WatchedMetric, watch: MetricWatch | null, now: EpochMs): SampleWindow => {
  const { metricPeriodSeconds: periodSeconds, detection } = workload;
  const period = seconds(periodSeconds);
  const to = epochMs((Math.floor(now / period) - LATE_PERIODS) * period);
  const forecasts = detection?.forecasts ?? null;
  const wantsHistory = role === 'requestCount' && forecasts !== null && watch === null;
  const from = wantsHistory
    ? epochMs(Math.floor(demandSince(to, forecasts.seasonSeconds) / period) * period)
    : epochMs(to - durationMs(TREND_SAMPLES * period));
  return { from, to, periodSeconds };
};
