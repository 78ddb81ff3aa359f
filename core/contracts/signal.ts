import * as z from 'zod';
import { MetricRoleSchema, WorkloadIdSchema } from './workload.ts';

/** One normalised observation about a workload. The same observation always has the same id, however often it arrives. */
export const SignalSchema = z.object({
  signalId: z.string().min(1),
  workloadId: WorkloadIdSchema,
  source: z.enum(['alarm', 'ecs', 'webhook', 'patrol']),
  /** `firing` asks for healing, `resolved` reports the end, `change` is context such as a deployment. */
  status: z.enum(['firing', 'resolved', 'change']),
  role: MetricRoleSchema.nullable(),
  /** 0-100, in the unit of the environment's issue threshold. */
  severity: z.number().min(0).max(100),
  occurredAt: z.iso.datetime(),
  summary: z.string().min(1).max(1_000),
  /** Ids under which a change of ours would be recognised: deployment id, task id. */
  changeIds: z.array(z.string()),
});
export type Signal = z.output<typeof SignalSchema>;
