import type { Deployment, TaskDefinition } from './model.ts';
import type { ServiceDeployment } from './deployment-history.ts';
import type { Service } from './service.ts';
import type { Task } from './task.ts';

/** Shapes of the API's answers. On the wire times are epoch seconds. */
const seconds = (epochMs: number | undefined): number | undefined =>
  epochMs === undefined ? undefined : epochMs / 1000;

export const containerView = (task: Task) => ({
  containerArn: task.arn.replace(':task/', ':container/'),
  taskArn: task.arn,
  name: task.container.name,
  image: task.container.image,
  runtimeId: task.pid === undefined ? undefined : String(task.pid),
  lastStatus: task.lastStatus === 'STOPPING' ? 'RUNNING' : task.lastStatus,
  exitCode: task.exitCode,
  reason: task.stoppedReason?.startsWith('OutOfMemoryError') ? task.stoppedReason : undefined,
  // As in bridge mode: where the container's port is on the host.
  networkBindings:
    task.startedAt === undefined
      ? []
      : [{ bindIP: '127.0.0.1', containerPort: task.port, hostPort: task.port, protocol: 'tcp' }],
  networkInterfaces: [],
  healthStatus: task.healthStatus,
  cpu: task.deployment.definition.cpu,
  memory: task.deployment.definition.memory,
});

export const taskView = (task: Task) => ({
  taskArn: task.arn,
  clusterArn: task.arn.replace(/task\/([^/]+)\/.*$/, 'cluster/$1'),
  taskDefinitionArn: task.deployment.definition.taskDefinitionArn,
  containers: [containerView(task)],
  attachments: [],
  attributes: [],
  availabilityZone: `${task.context.placement.region}a`,
  connectivity: 'CONNECTED',
  cpu: task.deployment.definition.cpu,
  memory: task.deployment.definition.memory,
  createdAt: seconds(task.createdAt),
  startedAt: seconds(task.startedAt),
  stoppingAt: seconds(task.stoppingAt),
  stoppedAt: seconds(task.stoppedAt),
  desiredStatus: task.desiredStatus,
  lastStatus: task.lastStatus,
  healthStatus: task.healthStatus,
  group: `service:${task.context.service}`,
  launchType: 'EC2',
  startedBy: task.deployment.id,
  stopCode: task.stopCode,
  stoppedReason: task.stoppedReason,
  version: task.version,
});

const running = (tasks: readonly Task[]): number =>
  tasks.filter((task) => task.desiredStatus === 'RUNNING' && task.lastStatus === 'RUNNING').length;
const pending = (tasks: readonly Task[]): number => tasks.filter(({ lastStatus }) => lastStatus === 'PENDING').length;

const deploymentView = (service: Service, deployment: Deployment) => {
  const tasks = service.tasksOf(deployment);
  return {
    id: deployment.id,
    status: deployment.status,
    taskDefinition: deployment.definition.taskDefinitionArn,
    desiredCount:
      deployment.status === 'PRIMARY'
        ? service.desiredCount
        : tasks.filter(({ desiredStatus }) => desiredStatus === 'RUNNING').length,
    runningCount: running(tasks),
    pendingCount: pending(tasks),
    failedTasks: deployment.failedTasks,
    createdAt: seconds(deployment.createdAt),
    updatedAt: seconds(deployment.updatedAt),
    launchType: 'EC2',
    rolloutState: deployment.rolloutState,
    rolloutStateReason: deployment.rolloutStateReason,
  };
};

export const serviceView = (service: Service) => ({
  serviceArn: service.arn,
  serviceName: service.name,
  clusterArn: clusterArnOf(service),
  status: service.status,
  desiredCount: service.desiredCount,
  runningCount: running(service.tasks),
  pendingCount: pending(service.tasks),
  launchType: 'EC2',
  schedulingStrategy: 'REPLICA',
  deploymentController: { type: 'ECS' },
  taskDefinition: service.primary.definition.taskDefinitionArn,
  deploymentConfiguration: service.configuration,
  deployments: service.deployments.map((deployment) => deploymentView(service, deployment)),
  events: service.events.map(({ id, createdAt, message }) => ({ id, createdAt: createdAt / 1000, message })),
  createdAt: seconds(service.createdAt),
  loadBalancers: [],
  serviceRegistries: [],
});

export const taskDefinitionView = (definition: TaskDefinition) => {
  const { registeredAt, tags: _tags, ...rest } = definition;
  return { ...rest, registeredAt: registeredAt / 1000, compatibilities: ['EC2'], requiresCompatibilities: ['EC2'] };
};

const clusterArnOf = (service: Service): string => service.arn.replace(/service\/([^/]+)\/.*$/, 'cluster/$1');

export const serviceDeploymentView = (service: Service, deployment: ServiceDeployment) => ({
  serviceDeploymentArn: deployment.arn,
  serviceArn: service.arn,
  clusterArn: clusterArnOf(service),
  createdAt: seconds(deployment.createdAt),
  startedAt: seconds(deployment.createdAt),
  finishedAt: seconds(deployment.finishedAt),
  targetServiceRevisionArn: deployment.revisionArn,
  status: deployment.status,
  statusReason: deployment.statusReason,
});

export const serviceRevisionView = (service: Service, deployment: ServiceDeployment) => ({
  serviceRevisionArn: deployment.revisionArn,
  serviceArn: service.arn,
  clusterArn: clusterArnOf(service),
  taskDefinition: deployment.definition.taskDefinitionArn,
  launchType: 'EC2',
  createdAt: seconds(deployment.createdAt),
});
