import * as z from 'zod';
import { MetricRoleSchema } from './workload.ts';

/** When something is used up, at the earliest and at the latest; null: not within sight. */
const MomentRangeSchema = z.object({ earliest: z.iso.datetime().nullable(), latest: z.iso.datetime().nullable() });
/** A range of values, in the metric's own unit. */
const ValueRangeSchema = z.object({ low: z.number(), high: z.number() });

/** Something runs out if it goes on as it does. */
export const ExhaustionForecastSchema = z.object({
  kind: z.literal('exhaustion'),
  role: MetricRoleSchema,
  madeAt: z.iso.datetime(),
  /** Where the trend began, where it is, and where it ends: in the metric's own unit. */
  from: z.number(),
  current: z.number(),
  limit: z.number(),
  changePerHour: z.number(),
  at: z.iso.datetime(),
  interval80: MomentRangeSchema,
  interval95: MomentRangeSchema,
});

/** More is going to be asked than can be served, if the next season is like the ones before. */
export const DemandForecastSchema = z.object({
  kind: z.literal('demand'),
  role: z.literal('requestCount'),
  madeAt: z.iso.datetime(),
  /** When demand first passes what can be served. */
  at: z.iso.datetime(),
  /** The highest demand within the horizon, requests per metric period. */
  peak: z.number(),
  interval80: ValueRangeSchema,
  interval95: ValueRangeSchema,
  /** Requests per metric period that the tasks of that time serve well. */
  capacity: z.number(),
  /** The same for one task: what more tasks would add. */
  capacityPerTask: z.number().positive(),
  method: z.enum(['seasonal_naive', 'holt_winters']),
});

/** What a workload is heading for, never without an interval. */
export const ForecastSchema = z.discriminatedUnion('kind', [ExhaustionForecastSchema, DemandForecastSchema]);
export type Forecast = z.output<typeof ForecastSchema>;
export type ForecastOf<Kind extends Forecast['kind']> = Extract<Forecast, { readonly kind: Kind }>;
