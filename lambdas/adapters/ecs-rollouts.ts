import { DescribeServicesCommand, type ECSClient } from '@aws-sdk/client-ecs';
import type { EcsServiceWorkload, WorkloadId } from '../../core/contracts/workload.ts';
import type { Rollout, RolloutSource } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';
import { calling } from './sdk-errors.ts';

/** Most services in one DescribeServices request. */
const MAX_SERVICES = 10;

/** Newest deployments and running tasks of ECS services, ten to a request. Other kinds of workloads have no answer here. */
export const ecsRollouts = (client: ECSClient): RolloutSource => ({
  read: async (workloads) => {
    const services = workloads.filter((workload) => workload.kind === 'ecs-service');
    const found = new Map<WorkloadId, Rollout>();
    for (const cluster of new Set(services.map(({ clusterArn }) => clusterArn))) {
      const inCluster = services.filter(({ clusterArn }) => clusterArn === cluster);
      for (let start = 0; start < inCluster.length; start += MAX_SERVICES) {
        await describe(client, cluster, inCluster.slice(start, start + MAX_SERVICES), found);
      }
    }
    return found;
  },
});

const describe = async (
  client: ECSClient,
  cluster: string,
  workloads: readonly EcsServiceWorkload[],
  found: Map<WorkloadId, Rollout>,
): Promise<void> => {
  const services = workloads.map(({ serviceName }) => serviceName);
  const command = new DescribeServicesCommand({ cluster, services });
  const answer = await calling('ecs:DescribeServices', () => client.send(command), services.join(', '));
  for (const service of answer.services ?? []) {
    const workload = workloads.find(({ serviceName }) => serviceName === service.serviceName);
    const createdAt = service.deployments?.find(({ status }) => status === 'PRIMARY')?.createdAt;
    if (workload === undefined) continue;
    found.set(workload.workloadId, {
      deployedAt: createdAt === undefined ? null : epochMs(createdAt.getTime()),
      running: service.runningCount ?? null,
    });
  }
};
