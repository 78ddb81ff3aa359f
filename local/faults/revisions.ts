import {
  DescribeServicesCommand,
  DescribeTaskDefinitionCommand,
  RegisterTaskDefinitionCommand,
  UpdateServiceCommand,
} from '@aws-sdk/client-ecs';
import type { Clear, FaultContext } from './fault.ts';

/** What a team's release changes: image tag and environment of the container. */
export type Release = {
  readonly image?: (image: string) => string;
  readonly environment: Readonly<Record<string, string>>;
};

/** Deploys a new revision of the service as its team would; clearing deploys the revision before it. */
export const release = async ({ shop }: FaultContext, service: string, change: Release): Promise<Clear> => {
  const { client, cluster } = shop;
  const { services } = await client.send(new DescribeServicesCommand({ cluster, services: [service] }));
  const current = services?.[0]?.taskDefinition;
  if (current === undefined) throw new Error(`Service ${service} is not in cluster ${cluster}.`);
  const { taskDefinition } = await client.send(new DescribeTaskDefinitionCommand({ taskDefinition: current }));
  const container = taskDefinition?.containerDefinitions?.[0];
  if (taskDefinition === undefined || container === undefined)
    throw new Error(`Task definition ${current} has no container.`);
  const kept = (container.environment ?? []).filter(({ name }) => name === undefined || !(name in change.environment));
  const registered = await client.send(
    new RegisterTaskDefinitionCommand({
      family: taskDefinition.family,
      cpu: taskDefinition.cpu,
      memory: taskDefinition.memory,
      containerDefinitions: [
        {
          ...container,
          image: change.image?.(container.image ?? '') ?? container.image,
          environment: [...kept, ...Object.entries(change.environment).map(([name, value]) => ({ name, value }))],
        },
      ],
    }),
  );
  const next = registered.taskDefinition?.taskDefinitionArn;
  await client.send(new UpdateServiceCommand({ cluster, service, taskDefinition: next }));
  return async () => {
    await client.send(new UpdateServiceCommand({ cluster, service, taskDefinition: current }));
  };
};
