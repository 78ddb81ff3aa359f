import { actionCost } from '../../core/api/catalogue.ts';
import { figuresOf, heatMapOf, learningCurveOf } from '../../core/api/figures.ts';
import type { ReadIncidents } from '../../core/api/incident-page.ts';
import { incidentsBetween } from '../../core/api/incident-page.ts';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import type { Clock } from '../../core/shared/ports.ts';
import { hours } from '../../core/shared/units.ts';
import type { Handlers } from '../api/gate.ts';
import type { AskedPeriod } from '../api/period.ts';
import { periodOf } from '../api/period.ts';

export interface MetricsReads {
  readonly clock: Clock;
  readonly readIncidents: ReadIncidents;
  /** What actions and people cost. */
  readonly catalogue: Catalogue;
}

const USUAL_PERIOD = hours(30 * 24);
type Asked = AskedPeriod & { readonly workload?: string | undefined };

export const metricsHandlers = (
  deps: MetricsReads,
): Handlers<'summariseMetrics' | 'showHeatMap' | 'showLearningCurve'> => {
  const costOf = actionCost(deps.catalogue);
  const within = async (query: Asked) => {
    const period = periodOf(query, { clock: deps.clock, usual: USUAL_PERIOD, part: 'query' });
    return { ...period, ...(await incidentsBetween(deps.readIncidents, { ...period, workload: query.workload })) };
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
