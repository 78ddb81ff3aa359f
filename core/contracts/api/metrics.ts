import * as z from 'zod';
import { WorkloadIdSchema } from '../workload.ts';
import type { RouteSpec } from './route.ts';
import { periodQuery, wholeNumber } from './route.ts';

/** By default the last thirty days; at most ninety. By the time at which incidents were opened. */
export const MetricsQuerySchema = z.strictObject({ ...periodQuery, workload: WorkloadIdSchema.optional() });

/** Figures over closed incidents; null where there is nothing to divide by. */
export const FiguresSchema = z.object({
  incidents: z.int(),
  open: z.int(),
  recovered: z.int(),
  escalated: z.int(),
  dismissed: z.int(),
  /** Recovered, of those that were recovered or handed to a person. */
  healRatePercent: z.number().nullable(),
  /** Incidents in which an action made it worse, of those in which one was taken. */
  harmRatePercent: z.number().nullable(),
  /** Recovered at the first attempt, of all that recovered. */
  firstAttemptPercent: z.number().nullable(),
  /** Seconds from opening to verified recovery. */
  timeToRecover: z.object({ mean: z.number(), median: z.number(), p90: z.number() }).nullable(),
  /** Mean of minutes until it was closed, weighted by severity, plus what its actions cost; in impact-minutes. */
  costPerIncidentMinutes: z.number().nullable(),
});
export const MetricsSummarySchema = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  all: FiguresSchema,
  byWorkload: z.array(FiguresSchema.extend({ workloadId: WorkloadIdSchema })),
  /** True when there were more incidents than are read for one answer: the figures are of the newest ones. */
  truncated: z.boolean(),
});

/** Only hours in which something was wrong. `hour` is the beginning of the hour, UTC. */
export const HeatMapSchema = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  cells: z.array(
    z.object({
      workloadId: WorkloadIdSchema,
      hour: z.iso.datetime(),
      incidents: z.int(),
      /** Minutes of that hour in which an incident was open. */
      minutes: z.number(),
    }),
  ),
  truncated: z.boolean(),
});

/** Blocks of consecutive incidents, oldest first: a curve that rises is a system that learns. */
export const LearningCurveSchema = z.object({
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  points: z.array(
    z.object({
      from: z.iso.datetime(),
      to: z.iso.datetime(),
      incidents: z.int(),
      healRatePercent: z.number().nullable(),
      firstAttemptPercent: z.number().nullable(),
      costPerIncidentMinutes: z.number().nullable(),
    }),
  ),
  truncated: z.boolean(),
});

export const metricsRoutes = {
  summariseMetrics: {
    method: 'GET',
    path: '/metrics/summary',
    role: 'viewer',
    tag: 'metrics',
    summary: 'Show heal rate, harm rate, time to recover and cost, in all and by workload',
    query: MetricsQuerySchema,
    status: 200,
    response: MetricsSummarySchema,
  },
  showHeatMap: {
    method: 'GET',
    path: '/metrics/heat-map',
    role: 'viewer',
    tag: 'metrics',
    summary: 'Show when what was broken, by workload and hour',
    query: MetricsQuerySchema,
    status: 200,
    response: HeatMapSchema,
  },
  showLearningCurve: {
    method: 'GET',
    path: '/metrics/learning-curve',
    role: 'viewer',
    tag: 'metrics',
    summary: 'Show whether it gets better with experience',
    query: z.strictObject({ ...MetricsQuerySchema.shape, block: wholeNumber(5, 200).default(20) }),
    status: 200,
    response: LearningCurveSchema,
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;
