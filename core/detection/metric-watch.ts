import * as z from 'zod';
import type { Forecast } from '../contracts/forecast.ts';
import type { ForecastSettings, MetricRole, WorkloadId } from '../contracts/workload.ts';
import { forecastDemand } from '../forecast/demand.ts';
import { addDemand, demandGrid, demandSeries, DemandHistorySchema } from '../forecast/demand-history.ts';
import { describeForecast, EXHAUSTIBLE, foreseeDemand, foreseeExhaustion, urgencyOf } from '../forecast/outlook.ts';
import type { Finding } from '../incident/finding.ts';
import type { Sample } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import { epochMs, toIso } from '../shared/units.ts';
import { AnomalyDetector } from './anomaly-detector.ts';
import type { Availability } from './availability.ts';
import { DetectorStateSchema } from './detector-state.ts';
import { toIssueScore } from './issue-score.ts';
import { beginShift, followShift, LevelShiftSchema } from './level-shift.ts';

/** What is remembered of one metric between two looks; plain JSON. */
export const MetricWatchSchema = z.object({
  /** Newest sample that was taken into account, ms: none is ever taken twice. */
  newestAt: z.number().nullable(),
  /** Deployment before which everything is forgotten, ms. */
  deployedAt: z.number().nullable(),
  /** As `AnomalyDetector` saved it; null while nobody looks for anomalies. */
  detector: z
    .custom<z.input<typeof DetectorStateSchema>>((state) => DetectorStateSchema.safeParse(state).success)
    .nullable(),
  shift: LevelShiftSchema.nullable(),
  demand: DemandHistorySchema.nullable(),
  /** Since when a forecast is announced, ms; null: none stands. */
  announcedAt: z.number().nullable(),
});
export type MetricWatch = z.output<typeof MetricWatchSchema>;

/** A metric that was never looked at. */
export const NEW_WATCH: MetricWatch = {
  newestAt: null,
  deployedAt: null,
  detector: null,
  shift: null,
  demand: null,
  announcedAt: null,
};

/** One look at one metric. */
export interface MetricLook {
  readonly workloadId: WorkloadId;
  readonly role: MetricRole;
  readonly periodSeconds: number;
  /** Samples of whole periods, oldest first; they may reach back before what was seen already. */
  readonly samples: readonly Sample[];
  readonly anomalies: boolean;
  readonly forecasts: ForecastSettings | null;
  /** Start of the newest deployment; null where that is not known. */
  readonly deployedAt: EpochMs | null;
  /** Tasks that run; null where there are none or that is not known. */
  readonly running: number | null;
  readonly now: EpochMs;
}

export interface Looked {
  readonly watch: MetricWatch;
  readonly findings: readonly Finding[];
  /** Whether samples come as usual; null where nobody looks for anomalies. */
  readonly availability: Availability | null;
}

/** What other people's traffic brings is not changed by a deployment of one's own. */
const NOT_DEPLOYED: readonly MetricRole[] = ['requestCount', 'queueAge', 'deadLetters'];

/**
 * Takes what is new of a metric into account: scores each sample once, and asks what it is heading for.
 *
 * The same memory and the same samples give the same findings with the same ids, so a look that broke off before its
 * memory was stored can be repeated.
 */
export const lookAtMetric = (watch: MetricWatch, look: MetricLook): Looked => {
  const { newestAt } = watch;
  const fresh = look.samples.filter(({ at }) => newestAt === null || at > newestAt);
  const scored = look.anomalies ? scoreAll(watch, fresh, look) : null;
  const demand = isDemand(look) ? addDemand(watch.demand, fresh, gridOf(look, look.forecasts)) : null;
  const forecast = foresee({ ...watch, demand }, look);
  const announces = forecast !== null && watch.announcedAt === null;
  const since = fresh.at(-1)?.at ?? newestAt ?? look.now;
  return {
    watch: {
      newestAt: fresh.at(-1)?.at ?? newestAt,
      deployedAt: look.deployedAt ?? watch.deployedAt,
      detector: scored?.detector.save() ?? null,
      shift: scored?.shift ?? null,
      demand,
      announcedAt: forecast === null ? null : (watch.announcedAt ?? since),
    },
    findings: [
      ...(scored?.findings ?? []),
      ...(announces ? [announcement(forecast, look, epochMs(since), look.forecasts?.horizonSeconds ?? 1)] : []),
    ],
    availability: scored?.detector.availability(look.now) ?? null,
  };
};

interface Scored {
  readonly detector: AnomalyDetector;
  readonly shift: MetricWatch['shift'];
  readonly findings: readonly Finding[];
}

const scoreAll = (watch: MetricWatch, fresh: readonly Sample[], look: MetricLook): Scored => {
  const detector = watch.detector === null ? new AnomalyDetector() : AnomalyDetector.restore(watch.detector);
  const { deployedAt } = look;
  const isNew = deployedAt !== null && watch.deployedAt !== null && deployedAt > watch.deployedAt;
  const forgets = isNew && !NOT_DEPLOYED.includes(look.role);
  if (forgets) detector.forget({ before: deployedAt });
  let shift = forgets ? null : watch.shift;
  const findings: Finding[] = [];
  for (const sample of fresh) {
    const seen = detector.observe(sample);
    const followed = shift === null ? 'over' : followShift(shift, sample.value);
    if (followed === 'accepted' && shift !== null) detector.forget({ before: epochMs(shift.since) });
    shift = typeof followed === 'string' ? null : followed;
    // What was before anybody looked is learned, not reported.
    if (watch.newestAt === null || seen.state !== 'scored' || seen.reason === null) continue;
    shift ??= beginShift(sample, seen.reason);
    findings.push({
      kintsugi: 'finding',
      finding: 'anomaly',
      workloadId: look.workloadId,
      role: look.role,
      severity: toIssueScore(seen.score),
      at: toIso(sample.at),
      since: toIso(sample.at),
      summary: `${look.role} is unlike before: ${seen.reason.text}`.slice(0, 1_000),
    });
  }
  return { detector, shift, findings };
};

const isDemand = (look: MetricLook): look is MetricLook & { readonly forecasts: ForecastSettings } =>
  look.role === 'requestCount' && look.forecasts !== null && look.forecasts.requestsPerTask !== null;

const gridOf = ({ periodSeconds }: MetricLook, { seasonSeconds }: ForecastSettings) =>
  demandGrid(seasonSeconds, periodSeconds);

const foresee = ({ demand, announcedAt }: MetricWatch, look: MetricLook): Forecast | null => {
  const { role, samples, forecasts, running, now } = look;
  if (forecasts === null) return null;
  if (role in EXHAUSTIBLE) return foreseeExhaustion(role, samples, forecasts.horizonSeconds, announcedAt !== null);
  if (demand === null || running === null) return null;
  const { values, endAt, step } = demandSeries(demand);
  const forecast = forecastDemand(values, gridOf(look, forecasts).steps);
  return foreseeDemand({ forecast, from: endAt, step, running, now }, forecasts);
};

const announcement = (forecast: Forecast, look: MetricLook, since: EpochMs, horizonSeconds: number): Finding => ({
  kintsugi: 'finding',
  finding: 'forecast',
  workloadId: look.workloadId,
  role: look.role,
  severity: urgencyOf(forecast, horizonSeconds),
  at: toIso(look.now),
  since: toIso(since),
  summary: describeForecast(forecast),
  forecast,
});
