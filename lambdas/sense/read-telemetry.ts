import type { Workload } from '../../core/contracts/workload.ts';
import type { IncidentTelemetry } from '../../core/incident/diagnose-incident.ts';
import { DIAGNOSED_ROLES } from '../../core/incident/diagnose-incident.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, durationMs, seconds } from '../../core/shared/units.ts';
import type { Instruments } from '../shared/measure.ts';
import { BASELINE_PERIODS, DETECTION_PERIODS } from '../shared/measure.ts';

/**
 * Metrics of all workloads that one fault can reach, from well before the onset until now, for the diagnosis: one request,
 * however many workloads. A percentile is read as the average of the same metric, because averages add up along calls.
 */
export const readTelemetry = async (
  { clock, metrics }: Pick<Instruments, 'clock' | 'metrics'>,
  workloads: readonly Workload[],
  onset: EpochMs,
): Promise<Pick<IncidentTelemetry, 'series' | 'periodSeconds'>> => {
  const wanted = workloads.flatMap(({ workloadId, metrics: known }) =>
    DIAGNOSED_ROLES.flatMap((role) => {
      const ref = known[role];
      const stat = role === 'requestCount' ? 'Sum' : 'Average';
      return ref === undefined ? [] : [{ workloadId, role, ref: { ...ref, stat } }];
    }),
  );
  const periodSeconds = Math.max(1, ...workloads.map((workload) => workload.metricPeriodSeconds));
  const samples = await metrics.readEach(
    wanted.map(({ ref }) => ref),
    {
      from: after(onset, durationMs(-seconds(periodSeconds * (BASELINE_PERIODS + DETECTION_PERIODS)))),
      to: clock.now(),
      periodSeconds,
    },
  );
  return {
    periodSeconds,
    series: wanted.map(({ workloadId, role }, index) => ({ workloadId, role, samples: samples[index] ?? [] })),
  };
};
