import * as z from 'zod';
import { ForecastSchema } from '../contracts/forecast.ts';
import { MetricRoleSchema, WorkloadIdSchema } from '../contracts/workload.ts';

const common = {
  kintsugi: z.literal('finding'),
  workloadId: WorkloadIdSchema,
  role: MetricRoleSchema,
  /** 0-100, in the unit of the environment's issue threshold. */
  severity: z.number().min(0).max(100),
  /** When it was noticed. */
  at: z.iso.datetime(),
  /** When it began: the anomalous sample, or the first look at which the forecast held. Part of the signal's id. */
  since: z.iso.datetime(),
  summary: z.string().min(1).max(1_000),
};

/** What the detector found, as it puts it into the queue of signals. */
export const FindingSchema = z.discriminatedUnion('finding', [
  z.object({ ...common, finding: z.literal('anomaly') }),
  z.object({ ...common, finding: z.literal('forecast'), forecast: ForecastSchema }),
]);
export type Finding = z.output<typeof FindingSchema>;
