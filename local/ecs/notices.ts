import type { Deployment } from './model.ts';
import type { Service } from './service.ts';
import type { Task } from './task.ts';
import { containerView } from './views.ts';

/** What happened to a service, before it is put into the words of EventBridge. */
export type EcsNotice =
  | { readonly kind: 'task'; readonly service: Service; readonly task: Task }
  | { readonly kind: 'deployment'; readonly service: Service; readonly deployment: Deployment }
  | {
      readonly kind: 'action';
      readonly service: Service;
      readonly eventType: 'INFO' | 'WARN' | 'ERROR';
      readonly eventName: 'SERVICE_STEADY_STATE' | 'SERVICE_TASK_START_IMPAIRED';
    };

/** An event of source `aws.ecs` as it goes on the default bus. */
export type EcsEvent = {
  readonly source: 'aws.ecs';
  readonly detailType: 'ECS Task State Change' | 'ECS Deployment State Change' | 'ECS Service Action';
  readonly resources: readonly string[];
  readonly detail: Readonly<Record<string, unknown>>;
};

const iso = (epochMs: number | undefined): string | undefined =>
  epochMs === undefined ? undefined : new Date(epochMs).toISOString();

const clusterArnOf = (service: Service): string => service.arn.replace(/service\/([^/]+)\/.*$/, 'cluster/$1');

const taskEvent = (service: Service, task: Task): EcsEvent => ({
  source: 'aws.ecs',
  detailType: 'ECS Task State Change',
  resources: [task.arn],
  detail: {
    attachments: [],
    attributes: [],
    availabilityZone: `${task.context.placement.region}a`,
    clusterArn: clusterArnOf(service),
    connectivity: 'CONNECTED',
    containers: [containerView(task)],
    cpu: task.deployment.definition.cpu,
    createdAt: iso(task.createdAt),
    desiredStatus: task.desiredStatus,
    group: `service:${service.name}`,
    healthStatus: task.healthStatus,
    lastStatus: task.lastStatus,
    launchType: 'EC2',
    memory: task.deployment.definition.memory,
    startedAt: iso(task.startedAt),
    startedBy: task.deployment.id,
    stopCode: task.stopCode,
    stoppedAt: iso(task.stoppedAt),
    stoppedReason: task.stoppedReason,
    stoppingAt: iso(task.stoppingAt),
    taskArn: task.arn,
    taskDefinitionArn: task.deployment.definition.taskDefinitionArn,
    updatedAt: iso(Date.now()),
    version: task.version,
  },
});

const deploymentEvent = (service: Service, deployment: Deployment): EcsEvent => ({
  source: 'aws.ecs',
  detailType: 'ECS Deployment State Change',
  resources: [service.arn],
  detail: {
    eventType: deployment.rolloutState === 'FAILED' ? 'ERROR' : 'INFO',
    eventName: `SERVICE_DEPLOYMENT_${deployment.rolloutState}`,
    clusterArn: clusterArnOf(service),
    deploymentId: deployment.id,
    updatedAt: iso(deployment.updatedAt),
    reason: deployment.rolloutStateReason,
  },
});

/** The event that real ECS sends for this notice. */
export const eventOf = (notice: EcsNotice): EcsEvent => {
  switch (notice.kind) {
    case 'task':
      return taskEvent(notice.service, notice.task);
    case 'deployment':
      return deploymentEvent(notice.service, notice.deployment);
    case 'action':
      return {
        source: 'aws.ecs',
        detailType: 'ECS Service Action',
        resources: [notice.service.arn],
        detail: {
          eventType: notice.eventType,
          eventName: notice.eventName,
          clusterArn: clusterArnOf(notice.service),
          createdAt: iso(Date.now()),
        },
      };
  }
};
