import {
  DescribeServicesCommand,
  DescribeTasksCommand,
  ListTasksCommand,
  type Deployment,
  type DesiredStatus,
  type ECSClient,
  type Service,
  type Task,
} from '@aws-sdk/client-ecs';
import type { EcsServiceWorkload } from '../../core/contracts/workload.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import { calling } from './sdk-errors.ts';

/** Most tasks in one DescribeTasks request. */
const MAX_TASKS = 100;

/** A service as it can be healed: it exists, is active, and one of its deployments is the wanted one. */
export interface LiveService {
  readonly service: Service;
  readonly primary: Deployment;
  readonly deployments: readonly Deployment[];
  readonly desired: number;
}

/** @throws InvalidInputError when the service does not exist, is being deleted or is deployed by someone else than ECS */
export const describeService = async (client: ECSClient, workload: EcsServiceWorkload): Promise<LiveService> => {
  const { clusterArn, serviceName } = workload;
  const command = new DescribeServicesCommand({ cluster: clusterArn, services: [serviceName] });
  const answer = await calling('ecs:DescribeServices', () => client.send(command), serviceName);
  return toLiveService(answer.services?.[0], workload);
};

export const toLiveService = (
  service: Service | undefined,
  { clusterArn, serviceName }: EcsServiceWorkload,
): LiveService => {
  const where = `ECS service ${serviceName} in ${clusterArn}`;
  if (service === undefined) throw new InvalidInputError(`${where} does not exist`);
  if (service.status !== 'ACTIVE') {
    throw new InvalidInputError(`${where} is ${service.status}; only an ACTIVE one can be healed`);
  }
  const deployments = service.deployments ?? [];
  const primary = deployments.find(({ status }) => status === 'PRIMARY');
  if (primary === undefined) {
    throw new InvalidInputError(`${where} has no PRIMARY deployment; its deployment controller must be ECS`);
  }
  return { service, primary, deployments, desired: service.desiredCount ?? 0 };
};

export const listTasks = async (
  client: ECSClient,
  { clusterArn, serviceName }: EcsServiceWorkload,
  desiredStatus: DesiredStatus,
): Promise<readonly string[]> => {
  const arns: string[] = [];
  let token: string | undefined;
  do {
    const command = new ListTasksCommand({
      cluster: clusterArn,
      serviceName,
      desiredStatus,
      ...(token === undefined ? {} : { nextToken: token }),
    });
    const page = await calling('ecs:ListTasks', () => client.send(command), serviceName);
    arns.push(...(page.taskArns ?? []));
    token = page.nextToken;
  } while (token !== undefined && token !== '');
  return arns;
};

/** The tasks that ECS still knows; it forgets a stopped one after about an hour. */
export const describeTasks = async (
  client: ECSClient,
  clusterArn: string,
  taskArns: readonly string[],
): Promise<readonly Task[]> => {
  const tasks: Task[] = [];
  for (let start = 0; start < taskArns.length; start += MAX_TASKS) {
    const command = new DescribeTasksCommand({ cluster: clusterArn, tasks: taskArns.slice(start, start + MAX_TASKS) });
    const answer = await calling('ecs:DescribeTasks', () => client.send(command), clusterArn);
    tasks.push(...(answer.tasks ?? []));
  }
  return tasks;
};

/** A scheduler stops tasks for two reasons: to replace a healthy one, or because a health check failed. */
export const failedHealthCheck = ({ stoppedReason }: Task): boolean => /health check/i.test(stoppedReason ?? '');
