import * as z from 'zod';
import { ForecastSchema } from './forecast.ts';
import { RequestSchema } from './request.ts';
import { MetricRoleSchema, WorkloadIdSchema } from './workload.ts';

/** One normalised observation about a workload. The same observation always has the same id, however often it arrives. */
export const SignalSchema = z.object({
  signalId: z.string().min(1),
  workloadId: WorkloadIdSchema,
  /**
   * `anomaly` and `forecast` come from the detector: the one needs a second signal, the other opens a preventive incident.
   * `task` is a person's wish.
   */
  source: z.enum(['alarm', 'ecs', 'webhook', 'patrol', 'anomaly', 'forecast', 'task']),
  /** `firing` asks for healing, `resolved` reports the end, `change` is context such as a deployment. */
  status: z.enum(['firing', 'resolved', 'change']),
  role: MetricRoleSchema.nullable(),
  /** 0-100, in the unit of the environment's issue threshold. */
  severity: z.number().min(0).max(100),
  occurredAt: z.iso.datetime(),
  /** When its alarm spoke, if that was taken up so late that the alarm was read again, at `occurredAt`. Absent in all others. */
  waitedSince: z.iso.datetime().optional(),
  summary: z.string().min(1).max(1_000),
  /** Ids under which a change of ours would be recognised: deployment id, task id. */
  changeIds: z.array(z.string()),
  /** What a `forecast` signal foresees; absent in all others. */
  forecast: ForecastSchema.optional(),
  /** What a `task` signal asks for; absent in all others. */
  request: RequestSchema.optional(),
});
export type Signal = z.output<typeof SignalSchema>;
