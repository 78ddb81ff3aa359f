import type { InsightOperation } from '../../core/contracts/api/routes.ts';
import type { Handlers } from '../api/gate.ts';
import type { MetricsReads } from './metrics.ts';
import { metricsHandlers } from './metrics.ts';
import type { SeriesReads } from './series.ts';
import { seriesHandlers } from './series.ts';

export type InsightDeps = MetricsReads & SeriesReads;

/** What every reading route answers that computes something: figures and series. */
export const insightHandlers = (deps: InsightDeps): Handlers<InsightOperation> => ({
  ...metricsHandlers(deps),
  ...seriesHandlers(deps),
});
