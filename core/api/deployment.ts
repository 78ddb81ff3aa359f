import * as z from 'zod';
import type { DeploymentSchema } from '../contracts/api/workloads.ts';
import type { Workload } from '../contracts/workload.ts';
import { redactText } from '../journal/redact.ts';
import { cut } from '../shared/cut.ts';
import { epochMs, toIso } from '../shared/units.ts';

const EcsDeploymentSchema = z.object({
  'detail-type': z.literal('ECS Deployment State Change'),
  time: z.string(),
  resources: z.array(z.string()),
  detail: z.object({ eventName: z.string(), deploymentId: z.string(), reason: z.string().default('') }),
});

/** The deployment that ECS reports of a registered service; null for every other event. */
export const deploymentOf = (
  event: unknown,
  registry: readonly Workload[],
): z.output<typeof DeploymentSchema> | null => {
  const parsed = EcsDeploymentSchema.safeParse(event);
  if (!parsed.success) return null;
  const { time, resources, detail } = parsed.data;
  const at = Date.parse(time);
  const owner = registry.find(
    (workload) =>
      workload.kind === 'ecs-service' &&
      resources.some((arn) => arn.endsWith(`/${workload.clusterArn.split('/').at(-1)}/${workload.serviceName}`)),
  );
  if (owner === undefined || Number.isNaN(at)) return null;
  return {
    workloadId: owner.workloadId,
    deploymentId: detail.deploymentId,
    at: toIso(epochMs(at)),
    status: detail.eventName.replace('SERVICE_DEPLOYMENT_', '').toLowerCase(),
    summary: cut(redactText(detail.reason), 500),
  };
};
