import { MetricRoleSchema } from '../../core/contracts/workload.ts';
import type { Clock, MetricSource, WorkloadRegistry } from '../../core/shared/ports.ts';
import { after, durationMs, elapsed, fromIso, hours, isLonger, minutes, toIso } from '../../core/shared/units.ts';
import type { Handlers } from '../api/gate.ts';
import { HttpProblem } from '../api/http.ts';

export interface SeriesReads {
  readonly clock: Clock;
  readonly registry: WorkloadRegistry;
  readonly metrics: MetricSource;
}

const LONGEST_SERIES = hours(6);
const USUAL_SERIES = minutes(15);
/** Samples of one series; a longer stretch is read with a longer period. */
const MOST_SAMPLES = 720;

export const seriesHandlers = (deps: SeriesReads): Handlers<'showSeries'> => ({
  showSeries: async ({ params, query }) => {
    const workload = (await deps.registry.all()).find(({ workloadId }) => workloadId === params.id);
    if (workload === undefined) throw new HttpProblem(404, `path.id: there is no workload ${params.id}`);
    const { from, to } = stretchOf(query, deps.clock);
    const wanted = Math.ceil(elapsed(from, to) / 1_000 / MOST_SAMPLES);
    const periodSeconds = periodOf(Math.max(workload.metricPeriodSeconds, wanted));
    const samples = await deps.metrics.read(workload.metrics, { from, to, periodSeconds });
    return {
      workloadId: params.id,
      since: toIso(from),
      until: toIso(to),
      periodSeconds,
      series: MetricRoleSchema.options.flatMap((role) => {
        const own = samples[role];
        return own === undefined ? [] : [{ role, samples: own.map(({ at, value }) => ({ at: toIso(at), value })) }];
      }),
    };
  },
});

/** Periods that CloudWatch knows: 1, 5, 10, 30, and whole minutes. */
const periodOf = (seconds: number): number =>
  [1, 5, 10, 30].find((one) => one >= seconds) ?? Math.ceil(seconds / 60) * 60;

/** @throws HttpProblem 400 when the stretch is empty or too long */
const stretchOf = ({ since, until }: { since?: string | undefined; until?: string | undefined }, clock: Clock) => {
  const to = until === undefined ? clock.now() : fromIso(until);
  const from = since === undefined ? after(to, durationMs(-USUAL_SERIES)) : fromIso(since);
  const problem = (message: string): HttpProblem =>
    new HttpProblem(400, `query.since: ${message}`, { errors: [{ field: 'query.since', message }] });
  if (from >= to) throw problem(`must be before ${toIso(to)}`);
  if (isLonger(elapsed(from, to), LONGEST_SERIES)) throw problem('must be at most six hours before the end');
  return { from, to };
};
