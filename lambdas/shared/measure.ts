import type { MetricSummary } from '../../core/contracts/evidence.ts';
import type { Forecast } from '../../core/contracts/forecast.ts';
import type { HealthReading } from '../../core/contracts/outcome.ts';
import type { MetricRole, Workload } from '../../core/contracts/workload.ts';
import { readHealth } from '../../core/evidence/health.ts';
import { stillAhead, TREND_SAMPLES } from '../../core/forecast/outlook.ts';
import { median, summariseMetric } from '../../core/evidence/metric-summary.ts';
import type { AlarmSource, Clock, MetricSource, Sample, WorkloadProbe } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, durationMs, epochMs, minutes, seconds } from '../../core/shared/units.ts';

export interface Instruments {
  readonly clock: Clock;
  readonly alarms: AlarmSource;
  readonly metrics: MetricSource;
  readonly probe: WorkloadProbe;
}

/** Samples before the onset that make the baseline. */
export const BASELINE_PERIODS = 60;
/** An alarm needs up to this many periods to notice; samples in between belong to neither side. */
export const DETECTION_PERIODS = 12;

/** Samples that "now" is read from, with one to spare for a late one. */
const PRESENT_PERIODS = 4;
/** The exits that are a fault's cause come before its alarm. */
export const EXITS_BEFORE_ONSET = minutes(1);

/** A source that failed is a blind spot with a name, not an empty result. */
export type Seen<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly why: string };

export const tryToSee = async <T>(what: string, look: () => Promise<T>): Promise<Seen<T>> => {
  try {
    return { ok: true, value: await look() };
  } catch (error) {
    return { ok: false, why: `${what}: ${error instanceof Error ? error.message : String(error)}` };
  }
};

/** Metrics of a workload from well before the onset until now, reduced to baseline and present. */
export const readMetrics = async (
  { clock, metrics }: Pick<Instruments, 'clock' | 'metrics'>,
  workload: Workload,
  onset: EpochMs,
): Promise<MetricSummary[]> => {
  const period = workload.metricPeriodSeconds;
  const baselineEnd = after(onset, durationMs(-seconds(period * DETECTION_PERIODS)));
  const samples = await metrics.read(workload.metrics, {
    from: after(baselineEnd, durationMs(-seconds(period * BASELINE_PERIODS))),
    to: clock.now(),
    periodSeconds: period,
  });
  return rolesOf(workload).map((role) => summariseMetric(role, samples[role] ?? [], baselineEnd));
};

export interface Look {
  /** Only samples from here on: what was measured before an action says nothing about its effect. */
  readonly samplesSince: EpochMs;
  /** Only failed tasks from here on. */
  readonly exitsSince: EpochMs;
  /** Roles that were measurable before; one that is silent now keeps the workload from counting as healthy. */
  readonly mustShow: readonly MetricRole[];
  /** Of a preventive incident: as long as it is ahead, the workload does not count as healthy. */
  readonly forecast?: Forecast | undefined;
  /** When it was noticed, for a first look: what a metric does now must be what it mostly did since then. */
  readonly lastingSince?: EpochMs | undefined;
}

/** What is going to be hurts nobody yet, but it is not nothing. */
const IMPACT_AHEAD = 0.1;

/** A look at the present: the samples that make it, and the tasks that failed around the onset. */
export const lookAtPresent = (now: EpochMs, workload: Workload, onset: EpochMs): Look => ({
  samplesSince: after(now, durationMs(-seconds(workload.metricPeriodSeconds * PRESENT_PERIODS))),
  exitsSince: after(onset, durationMs(-EXITS_BEFORE_ONSET)),
  mustShow: [],
});

/** How the workload is doing. */
export const measureHealth = async (
  instruments: Instruments,
  workload: Workload,
  { samplesSince, exitsSince, mustShow, forecast, lastingSince }: Look,
): Promise<HealthReading> => {
  const now = instruments.clock.now();
  const trendSince = epochMs(now - seconds(workload.metricPeriodSeconds * TREND_SAMPLES));
  const firsts = [samplesSince, lastingSince ?? samplesSince, forecast === undefined ? samplesSince : trendSince];
  const [alarms, read, state] = await Promise.all([
    instruments.alarms.states(workload.alarms),
    instruments.metrics.read(workload.metrics, {
      from: epochMs(Math.min(...firsts)),
      to: now,
      periodSeconds: workload.metricPeriodSeconds,
    }),
    instruments.probe.state(workload, exitsSince),
  ]);
  const samplesFrom = (role: MetricRole, first: EpochMs): readonly Sample[] =>
    (read[role] ?? []).filter(({ at }) => at >= first);
  const present = rolesOf(workload).map((role) => summariseMetric(role, samplesFrom(role, samplesSince), samplesSince));
  const summaries =
    lastingSince === undefined
      ? present
      : present.map((metric) => lasting(metric, samplesFrom(metric.role, lastingSince)));
  const ahead =
    forecast === undefined
      ? null
      : lookAhead(forecast, workload, samplesFrom(forecast.role, trendSince), state.running);
  const reading = readHealth({ workload, alarms, metrics: summaries, state, now });
  const silent = summaries.filter((metric) => metric.samples === 0 && mustShow.includes(metric.role));
  return {
    ...reading,
    healthy: reading.healthy && silent.length === 0 && ahead === null,
    impact: ahead === null ? reading.impact : Math.max(reading.impact, IMPACT_AHEAD),
    reasons: [
      ...reading.reasons,
      ...(ahead === null ? [] : [ahead]),
      ...silent.map((metric) => `no sample of ${metric.role} yet`),
    ],
  };
};

/** All limits are upper ones: the lower of now and usually has to pass them. */
const lasting = (metric: MetricSummary, since: readonly Sample[]): MetricSummary => {
  const usual = median(since.map(({ value }) => value));
  return metric.current === null || usual === null ? metric : { ...metric, current: Math.min(metric.current, usual) };
};

/** A workload that no longer asks for forecasts has none ahead. */
const lookAhead = (
  forecast: Forecast,
  { detection }: Workload,
  samples: readonly Sample[],
  running: number | null,
): string | null => {
  const horizonSeconds = detection?.forecasts?.horizonSeconds;
  return horizonSeconds === undefined ? null : stillAhead(forecast, { samples, running, horizonSeconds });
};

const rolesOf = (workload: Workload): MetricRole[] => Object.keys(workload.metrics) as MetricRole[];
