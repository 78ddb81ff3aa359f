import * as z from 'zod';

/** The parts of the ECS API's inputs that this server acts on; everything else is kept as it came and given back. */
const KeyValueSchema = z.object({ name: z.string().min(1), value: z.string() });

export const TagSchema = z.object({ key: z.string().min(1).max(128), value: z.string().max(256).default('') });
export type Tag = z.output<typeof TagSchema>;

export const HealthCheckSchema = z.object({
  command: z.array(z.string()).min(1),
  interval: z.number().min(1).max(300).default(30),
  timeout: z.number().min(1).max(60).default(5),
  retries: z.number().int().min(1).max(10).default(3),
  startPeriod: z.number().min(0).max(300).default(0),
});
export type HealthCheck = z.output<typeof HealthCheckSchema>;

export const ContainerDefinitionSchema = z.looseObject({
  name: z.string().min(1),
  image: z.string().min(1),
  command: z.array(z.string()).min(1),
  environment: z.array(KeyValueSchema).default([]),
  stopTimeout: z.number().int().min(1).max(120).default(30),
  healthCheck: HealthCheckSchema.optional(),
});
export type ContainerDefinition = z.output<typeof ContainerDefinitionSchema>;

export const TaskDefinitionInputSchema = z.looseObject({
  family: z.string().regex(/^[A-Za-z0-9_-]{1,255}$/),
  /** CPU units, 1024 = one vCPU; MiB of memory. Strings, as in the API. */
  cpu: z.string().regex(/^\d+$/).default('256'),
  memory: z.string().regex(/^\d+$/).default('512'),
  containerDefinitions: z.array(ContainerDefinitionSchema).length(1, 'exactly one container per task runs here'),
  tags: z.array(TagSchema).default([]),
});

export type TaskDefinitionInput = z.output<typeof TaskDefinitionInputSchema>;

export type TaskDefinition = TaskDefinitionInput & {
  readonly taskDefinitionArn: string;
  readonly revision: number;
  readonly registeredAt: number;
  status: 'ACTIVE' | 'INACTIVE';
};

export const DeploymentConfigurationSchema = z.looseObject({
  minimumHealthyPercent: z.number().int().min(0).max(100).default(100),
  maximumPercent: z.number().int().min(100).max(400).default(200),
  deploymentCircuitBreaker: z
    .object({ enable: z.boolean(), rollback: z.boolean() })
    .default({ enable: false, rollback: false }),
});
export type DeploymentConfiguration = z.output<typeof DeploymentConfigurationSchema>;

export type RolloutState = 'IN_PROGRESS' | 'COMPLETED' | 'FAILED';

/** One rollout of one task definition; times are epoch milliseconds. */
export type Deployment = {
  readonly id: string;
  readonly definition: TaskDefinition;
  readonly createdAt: number;
  /** Volume that all tasks of this deployment share; a new deployment starts with an empty one. */
  readonly scratchDir: string;
  status: 'PRIMARY' | 'ACTIVE';
  updatedAt: number;
  rolloutState: RolloutState;
  rolloutStateReason: string;
  /** Consecutive tasks that did not become healthy: what the circuit breaker counts. */
  failedTasks: number;
  /** Consecutive tasks that ended soon after their start: what the restart back-off counts. */
  quickExits: number;
  nextStartAt: number;
};

export type ServiceEvent = { readonly id: string; readonly createdAt: number; readonly message: string };

/** Where services and tasks live: the parts of an ARN, and the folder commands are run in. */
export type Placement = { readonly region: string; readonly accountId: string; readonly root: string };

export const arnOf = (placement: Placement, resource: string): string =>
  `arn:aws:ecs:${placement.region}:${placement.accountId}:${resource}`;

/** `name` of an ARN or of a plain name: the part behind the last slash. */
export const nameOf = (nameOrArn: string): string => nameOrArn.slice(nameOrArn.lastIndexOf('/') + 1);
