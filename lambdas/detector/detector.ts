import type { Workload, WorkloadId } from '../../core/contracts/workload.ts';
import { lookAtMetric, type MetricWatch, NEW_WATCH } from '../../core/detection/metric-watch.ts';
import { batchesOf, type WatchedMetric, watchedMetrics } from '../../core/detection/watched-metrics.ts';
import type { Finding } from '../../core/incident/finding.ts';
import type { MetricSource, Rollout, RolloutSource, Sample, StoredWatch, WatchStore } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';

export interface DetectorDeps {
  /** Those of the workloads that are registered. */
  readonly workloads: (ids: readonly WorkloadId[]) => Promise<readonly Workload[]>;
  readonly metrics: Pick<MetricSource, 'readEach'>;
  readonly watches: WatchStore;
  readonly rollouts: RolloutSource;
  readonly send: (findings: readonly Finding[]) => Promise<void>;
}

/** One look at all metrics that somebody asked for. */
export interface Look {
  readonly metrics: number;
  /** Requests for samples: one for 500 metrics. */
  readonly requests: number;
  readonly findings: readonly Finding[];
  /** Metrics whose memory another look had stored in the meantime. */
  readonly overtaken: readonly string[];
  /** Metrics that have gone silent: nothing can be said of them. */
  readonly silent: readonly string[];
  /** What could not be read, in words. */
  readonly notSeen: readonly string[];
}

/**
 * Looks at every metric of the workloads that asked for it: reads their memories and samples in batches, sends what it
 * finds, then stores the memories.
 *
 * In this order a look that breaks off is repeated whole, and finds the same things under the same ids.
 */
export const detect = async (ids: readonly WorkloadId[], now: EpochMs, deps: DetectorDeps): Promise<Look> => {
  const workloads = await deps.workloads(ids);
  const metrics = workloads.flatMap(watchedMetrics);
  const notSeen = ids.filter((id) => !workloads.some(({ workloadId }) => workloadId === id)).map(notRegistered);
  if (metrics.length === 0) return { metrics: 0, requests: 0, findings: [], overtaken: [], silent: [], notSeen };

  const [stored, rollouts] = await Promise.all([
    deps.watches.load(metrics.map(({ key }) => key)),
    deps.rollouts.read(workloads).catch((error: unknown) => {
      notSeen.push(`deployments and running tasks: ${String(error)}`);
      return new Map<WorkloadId, Rollout>();
    }),
  ]);
  const batches = batchesOf(metrics, known(stored), now);
  const samples = await Promise.all(
    batches.map((batch) =>
      deps.metrics.readEach(
        batch.metrics.map(({ ref }) => ref),
        batch.window,
      ),
    ),
  );
  const looks = batches.flatMap((batch, index) =>
    batch.metrics.map((metric, at) => lookAt(metric, samples[index]?.[at] ?? [], { stored, rollouts, now })),
  );

  const findings = looks.flatMap((look) => look.findings);
  await deps.send(findings);
  const saved = await Promise.all(
    looks.map(({ key, watch, version }) => deps.watches.save(key, watch, { version, now })),
  );
  return {
    metrics: metrics.length,
    requests: batches.length,
    findings,
    overtaken: looks.filter((_, index) => saved[index] === 'overtaken').map(({ key }) => key),
    silent: looks.filter(({ availability }) => availability?.state === 'missing').map(({ key }) => key),
    notSeen,
  };
};

const notRegistered = (id: WorkloadId): string => `${id} is not registered (any more)`;

const known = (stored: ReadonlyMap<string, StoredWatch>): ReadonlyMap<string, MetricWatch> =>
  new Map([...stored].flatMap(([key, { watch }]) => (watch === null ? [] : [[key, watch] as const])));

interface Known {
  readonly stored: ReadonlyMap<string, StoredWatch>;
  readonly rollouts: ReadonlyMap<WorkloadId, Rollout>;
  readonly now: EpochMs;
}

const lookAt = (
  { key, workload, role, anomalies }: WatchedMetric,
  samples: readonly Sample[],
  { stored, rollouts, now }: Known,
) => {
  const rollout = rollouts.get(workload.workloadId);
  const looked = lookAtMetric(stored.get(key)?.watch ?? NEW_WATCH, {
    workloadId: workload.workloadId,
    role,
    periodSeconds: workload.metricPeriodSeconds,
    samples,
    anomalies,
    forecasts: workload.detection?.forecasts ?? null,
    deployedAt: rollout?.deployedAt ?? null,
    running: rollout?.running ?? null,
    now,
  });
  return { key, version: stored.get(key)?.version ?? 0, ...looked };
};
