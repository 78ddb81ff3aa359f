import { catalogueView, modelTable } from '../../core/api/catalogue.ts';
import type { InsightOperation } from '../../core/contracts/api/routes.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import type { EvidenceStore } from '../../core/shared/ports.ts';
import type { Handlers } from '../api/gate.ts';
import { HttpProblem } from '../api/http.ts';
import type { MetricsReads } from './metrics.ts';
import { metricsHandlers } from './metrics.ts';
import type { SeriesReads } from './series.ts';
import { seriesHandlers } from './series.ts';

export interface InsightDeps extends MetricsReads, SeriesReads {
  readonly env: EnvironmentName;
  /** The environment's own, by which Decide decides. */
  readonly catalogue: Catalogue;
  readonly evidence: EvidenceStore;
}

/** What every reading route answers that computes something: figures, series, beliefs. */
export const insightHandlers = (deps: InsightDeps): Handlers<InsightOperation> => ({
  ...metricsHandlers(deps),
  ...seriesHandlers(deps),
  showCatalogue: () => Promise.resolve(catalogueView(deps.catalogue)),
  showModelTable: async ({ params, query }) => {
    if (params.version !== 'live') throw new HttpProblem(404, `path.version: there is no model ${params.version}`);
    const table = await deps.evidence.load(query.tier);
    return modelTable({ catalogue: deps.catalogue, environment: deps.env, table }, params.version, query.tier);
  },
});
