import { actionCost } from '../../core/api/catalogue.ts';
import { figuresOf, heatMapOf, learningCurveOf } from '../../core/api/figures.ts';
import type { Period, ReadIncidents } from '../../core/api/incident-page.ts';
import { incidentsBetween } from '../../core/api/incident-page.ts';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import type { Clock } from '../../core/shared/ports.ts';
import { after, durationMs, elapsed, fromIso, hours, isLonger, toIso } from '../../core/shared/units.ts';
import type { Handlers } from '../api/gate.ts';
import { HttpProblem } from '../api/http.ts';

export interface MetricsReads {
  readonly clock: Clock;
  readonly readIncidents: ReadIncidents;
  /** What actions and people cost. */
  readonly catalogue: Catalogue;
}

const USUAL_PERIOD = hours(30 * 24);
const LONGEST_PERIOD = hours(90 * 24);
type Asked = { readonly [Name in keyof Period]?: Period[Name] | undefined };

export const metricsHandlers = (
  deps: MetricsReads,
): Handlers<'summariseMetrics' | 'showHeatMap' | 'showLearningCurve'> => {
  const costOf = actionCost(deps.catalogue);
  const within = async (query: Asked) => {
    const period = periodOf(query, deps.clock);
    const { since, until } = period;
    return { since, until, ...(await incidentsBetween(deps.readIncidents, period)) };
  };
  return {
    summariseMetrics: async ({ query }) => {
      const { incidents, ...period } = await within(query);
      const workloads = [...new Set(incidents.map(({ workloadId }) => workloadId))].sort();
      return {
        ...period,
        all: figuresOf(incidents, costOf),
        byWorkload: workloads.map((workloadId) => ({
          workloadId,
          ...figuresOf(
            incidents.filter((one) => one.workloadId === workloadId),
            costOf,
          ),
        })),
      };
    },
    showHeatMap: async ({ query }) => {
      const { incidents, ...period } = await within(query);
      return { ...period, cells: heatMapOf(incidents, deps.clock.now()) };
    },
    showLearningCurve: async ({ query }) => {
      const { incidents, ...period } = await within(query);
      return { ...period, points: learningCurveOf(incidents, query.block, costOf) };
    },
  };
};

/** @throws HttpProblem 400 when the period is empty or too long */
const periodOf = ({ since, until, workload }: Asked, clock: Clock): Period => {
  const to = until === undefined ? clock.now() : fromIso(until);
  const from = since === undefined ? after(to, durationMs(-USUAL_PERIOD)) : fromIso(since);
  const problem = (message: string): HttpProblem =>
    new HttpProblem(400, `query.since: ${message}`, { errors: [{ field: 'query.since', message }] });
  if (from >= to) throw problem(`must be before ${toIso(to)}`);
  if (isLonger(elapsed(from, to), LONGEST_PERIOD)) throw problem('must be at most ninety days before the end');
  return { since: toIso(from), until: toIso(to), workload };
};
