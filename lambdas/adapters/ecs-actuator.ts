import {
  StopTaskCommand,
  UpdateServiceCommand,
  type ECSClient,
  type UpdateServiceCommandInput,
} from '@aws-sdk/client-ecs';
import type { ActionPlan } from '../../core/contracts/action.ts';
import type { EcsServiceWorkload } from '../../core/contracts/workload.ts';
import { OWN_CHANGE_PREFIX } from '../../core/evidence/symptoms.ts';
import type { ChangeTag } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { cannot, NO_CHANGE, stale, type ActuatorOf, type Change, type PlanOf } from './actuators.ts';
import { describeService, describeTasks, toLiveService } from './ecs-reads.ts';
import { calling, isNamed } from './sdk-errors.ts';

const POSSIBLE = ['restart', 'redeploy', 'scaleOut', 'scaleIn', 'rollback'] as const;
type ScalePlan = PlanOf<'scaleOut' | 'scaleIn'>;

/**
 * Heals an ECS service through its own API.
 *
 * Every change looks at the service first and refuses when it is not as planned. ECS has no conditional update, so a
 * change by somebody else within the milliseconds between look and update is not seen; the lease keeps Kintsugi itself
 * from being that somebody.
 */
export const ecsActuator = (client: ECSClient): ActuatorOf<'ecs-service'> => ({
  isApplied: (workload, plan, since) => isApplied(client, workload, plan, since),
  apply: async (workload, plan, tag) => {
    switch (plan.actionId) {
      case 'restart':
        return restart(client, workload, plan, tag);
      case 'redeploy':
        return redeploy(client, workload);
      case 'scaleOut':
      case 'scaleIn':
        return scale(client, workload, plan, plan.fromTasks, plan.toTasks);
      case 'rollback':
        return switchRevision(client, workload, plan, plan.fromRevision, plan.toRevision);
      default:
        throw cannot(workload, plan, POSSIBLE);
    }
  },
  undo: async (workload, plan) => {
    switch (plan.actionId) {
      case 'restart':
        return NO_CHANGE('the service has replaced the stopped tasks, so nothing has to be put back');
      case 'redeploy':
        return NO_CHANGE('a redeploy runs the same revision, so nothing has to be put back');
      case 'scaleOut':
      case 'scaleIn':
        return scale(client, workload, plan, plan.toTasks, plan.fromTasks);
      case 'rollback':
        return switchRevision(client, workload, plan, plan.toRevision, plan.fromRevision);
      default:
        throw cannot(workload, plan, POSSIBLE);
    }
  },
});

const isApplied = async (
  client: ECSClient,
  workload: EcsServiceWorkload,
  plan: ActionPlan,
  since: EpochMs,
): Promise<boolean> => {
  switch (plan.actionId) {
    case 'restart': {
      const known = await describeTasks(client, workload.clusterArn, plan.taskArns);
      const ours = known.filter(({ stoppedReason }) => stoppedReason?.startsWith(OWN_CHANGE_PREFIX));
      return ours.length > 0 && known.every(({ desiredStatus }) => desiredStatus === 'STOPPED');
    }
    case 'redeploy': {
      const { primary } = await describeService(client, workload);
      return (primary.createdAt?.getTime() ?? 0) >= since;
    }
    case 'scaleOut':
    case 'scaleIn':
      return (await describeService(client, workload)).desired === plan.toTasks;
    case 'rollback':
      return (await describeService(client, workload)).primary.taskDefinition === plan.toRevision;
    default:
      throw cannot(workload, plan, POSSIBLE);
  }
};

/** Stops the planned tasks that still run, and no other; the service replaces them. */
const restart = async (
  client: ECSClient,
  workload: EcsServiceWorkload,
  plan: PlanOf<'restart'>,
  tag: ChangeTag,
): Promise<Change> => {
  const { taskArns } = plan;
  const known = await describeTasks(client, workload.clusterArn, taskArns);
  const foreign = known.filter(({ group }) => group !== `service:${workload.serviceName}`);
  if (foreign.length > 0) {
    const names = foreign.map(({ taskArn, group }) => `${taskArn} (${group})`).join(', ');
    throw stale(workload, plan, `tasks of ${workload.serviceName}`, `none of the name ${names}`);
  }
  const running = known.filter(({ desiredStatus }) => desiredStatus !== 'STOPPED');
  const stopped: string[] = [];
  for (const { taskArn } of running) {
    if (taskArn !== undefined && (await stopTask(client, workload, taskArn, tag))) stopped.push(taskArn);
  }
  const gone = taskArns.length - stopped.length;
  const rest = gone === 0 ? '' : `; ${gone} had ended already`;
  return { changeIds: stopped, detail: `stopped ${stopped.length} of ${taskArns.length} planned tasks${rest}` };
};

/** @returns false when the task was gone before */
const stopTask = async (
  client: ECSClient,
  { clusterArn }: EcsServiceWorkload,
  task: string,
  { incidentId, attempt }: ChangeTag,
): Promise<boolean> => {
  const reason = `${OWN_CHANGE_PREFIX}${incidentId}:${attempt}`;
  const command = new StopTaskCommand({ cluster: clusterArn, task, reason });
  try {
    await calling('ecs:StopTask', () => client.send(command), task);
    return true;
  } catch (error) {
    if (isNamed(error, 'InvalidParameterException') && /not found/i.test(String(error))) return false;
    throw error;
  }
};

const redeploy = async (client: ECSClient, workload: EcsServiceWorkload): Promise<Change> => {
  const { id, taskDefinition } = (await update(client, workload, { forceNewDeployment: true })).primary;
  return { changeIds: idsOf(id), detail: `started deployment ${id} of the same revision ${shortName(taskDefinition)}` };
};

/** A change of the number starts no deployment, so there is no id under which it would come back. */
const scale = async (
  client: ECSClient,
  workload: EcsServiceWorkload,
  plan: ScalePlan,
  from: number,
  to: number,
): Promise<Change> => {
  const { desired } = await describeService(client, workload);
  if (desired === to) return NO_CHANGE(`the service already wants ${to} tasks`);
  if (desired !== from) throw stale(workload, plan, `${from} desired tasks`, String(desired));
  await update(client, workload, { desiredCount: to });
  return NO_CHANGE(`changed the number of desired tasks from ${from} to ${to}`);
};

const switchRevision = async (
  client: ECSClient,
  workload: EcsServiceWorkload,
  plan: PlanOf<'rollback'>,
  from: string,
  to: string,
): Promise<Change> => {
  const { primary } = await describeService(client, workload);
  if (primary.taskDefinition === to) {
    return { changeIds: idsOf(primary.id), detail: `the service already runs ${shortName(to)}` };
  }
  if (primary.taskDefinition !== from) {
    throw stale(workload, plan, shortName(from), shortName(primary.taskDefinition));
  }
  const { id } = (await update(client, workload, { taskDefinition: to })).primary;
  return { changeIds: idsOf(id), detail: `started deployment ${id} from ${shortName(from)} to ${shortName(to)}` };
};

const update = async (
  client: ECSClient,
  workload: EcsServiceWorkload,
  change: Pick<UpdateServiceCommandInput, 'desiredCount' | 'taskDefinition' | 'forceNewDeployment'>,
) => {
  const { clusterArn: cluster, serviceName: service } = workload;
  const command = new UpdateServiceCommand({ cluster, service, ...change });
  const answer = await calling('ecs:UpdateService', () => client.send(command), service);
  return toLiveService(answer.service, workload);
};

const idsOf = (id: string | undefined): string[] => (id === undefined ? [] : [id]);
const shortName = (arn: string | undefined): string => arn?.split('/').at(-1) ?? 'an unknown revision';
