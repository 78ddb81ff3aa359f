import type { ECSClient, Task } from '@aws-sdk/client-ecs';
import type { Revision, TaskSummary, WorkloadState } from '../../core/contracts/evidence.ts';
import { MOST_TASKS } from '../../core/contracts/evidence.ts';
import type { EcsServiceWorkload } from '../../core/contracts/workload.ts';
import { findSickTasks, TASK_ROLES, type TaskVitals } from '../../core/evidence/task-health.ts';
import type { Clock } from '../../core/shared/ports.ts';
import { epochMs, type EpochMs } from '../../core/shared/units.ts';
import type { TaskMetricSource } from './cloudwatch-metrics.ts';
import { describeService, describeTasks, failedHealthCheck, listTasks, type LiveService } from './ecs-reads.ts';
import { findStableRevision, revisionChanges } from './ecs-revisions.ts';
import { UNKNOWN_STATE } from '../../core/evidence/unknown-state.ts';
import type { ProbeOf } from './workload-probes.ts';

const MAX_EXITS = 10;
/** Samples per task that are read: the judged ones, and enough before them to see silence. */
const TASK_PERIODS = 12;

export interface EcsProbeDependencies {
  readonly client: ECSClient;
  readonly taskMetrics: TaskMetricSource;
  readonly clock: Clock;
}

/** An ECS service as ECS tells it, its tasks as their health checks and their own metrics tell them. */
export const ecsServiceProbe = (dependencies: EcsProbeDependencies): ProbeOf<'ecs-service'> => {
  const { client } = dependencies;
  const changes = revisionChanges(client);
  return async (workload, since, avoid = []) => {
    const [live, running, stopped] = await Promise.all([
      describeService(client, workload),
      tasksOf(client, workload, 'RUNNING'),
      tasksOf(client, workload, 'STOPPED'),
    ]);
    const [tasks, stableRevision] = await Promise.all([
      summarise(running, workload, dependencies),
      findStableRevision(client, workload, live, stopped, avoid),
    ]);
    return {
      ...UNKNOWN_STATE,
      desired: live.desired,
      running: live.service.runningCount ?? 0,
      tasks,
      exits: exitsOf(stopped, live, since),
      currentRevision: currentRevision(live),
      stableRevision,
      deploymentInProgress: isDeploying(live),
      lastChange: await changes(stableRevision, live.primary.taskDefinition ?? ''),
    };
  };
};

const tasksOf = async (
  client: ECSClient,
  workload: EcsServiceWorkload,
  status: 'RUNNING' | 'STOPPED',
): Promise<readonly Task[]> => describeTasks(client, workload.clusterArn, await listTasks(client, workload, status));

const currentRevision = ({ primary }: LiveService): Revision => ({
  revision: primary.taskDefinition ?? '',
  deploymentId: primary.id ?? '',
  createdAt: (primary.createdAt ?? new Date(0)).toISOString(),
  stable: primary.rolloutState === 'COMPLETED',
});

const isDeploying = ({ primary, deployments }: LiveService): boolean =>
  primary.rolloutState === 'IN_PROGRESS' || deployments.some(({ status }) => status === 'ACTIVE');

const summarise = async (
  tasks: readonly Task[],
  workload: EcsServiceWorkload,
  { taskMetrics, clock }: EcsProbeDependencies,
): Promise<TaskSummary[]> => {
  const shown = tasks.slice(0, MOST_TASKS);
  const now = clock.now();
  const periodSeconds = workload.metricPeriodSeconds;
  const series =
    workload.taskMetricsNamespace === null || shown.length === 0
      ? []
      : await taskMetrics.readTasks(
          { namespace: workload.taskMetricsNamespace, metrics: workload.metrics, taskIds: shown.map(taskIdOf) },
          TASK_ROLES,
          { from: epochMs(now - TASK_PERIODS * periodSeconds * 1_000), to: now, periodSeconds },
        );
  const vitals = shown.map((task, index) => vitalsOf(task, series[index] ?? {}));
  const sick = findSickTasks(vitals, { slo: workload.slo, periodSeconds, now });
  return shown.map((task) => toSummary(task, sick.get(taskIdOf(task)) ?? null));
};

const vitalsOf = (task: Task, samples: TaskVitals['samples']): TaskVitals => ({
  taskId: taskIdOf(task),
  startedAt: task.startedAt === undefined ? null : epochMs(task.startedAt.getTime()),
  passesHealthCheck: task.healthStatus === 'UNHEALTHY' ? false : task.healthStatus === 'HEALTHY' ? true : null,
  samples,
});

const toSummary = (task: Task, reason: string | null): TaskSummary => ({
  taskArn: task.taskArn ?? '',
  lastStatus: task.lastStatus ?? 'UNKNOWN',
  startedAt: task.startedAt?.toISOString() ?? null,
  sick: reason !== null,
  reason,
});

const taskIdOf = ({ taskArn }: Task): string => taskArn?.split('/').at(-1) ?? '';

/**
 * Newest first: tasks that ended by themselves or failed a health check. What a deployment, a scale-in or a person ended
 * says nothing, and tasks of a deployment that has been replaced speak of that one.
 */
const exitsOf = (stopped: readonly Task[], { deployments }: LiveService, since: EpochMs): WorkloadState['exits'] =>
  stopped
    .filter(({ startedBy }) => startedBy === undefined || deployments.some(({ id }) => id === startedBy))
    .filter((task) => endedAt(task) >= since && isFailure(task))
    .sort((a, b) => endedAt(b) - endedAt(a))
    .slice(0, MAX_EXITS)
    .map((task) => ({
      taskArn: task.taskArn ?? '',
      stoppedAt: task.stoppedAt?.toISOString() ?? null,
      exitCode: exitCodeOf(task),
      reason: [task.stoppedReason, ...(task.containers ?? []).map(({ reason }) => reason)]
        .filter((reason, index, all) => reason !== undefined && all.indexOf(reason) === index)
        .join(': '),
    }));

const endedAt = ({ stoppedAt, stoppingAt }: Task): number => (stoppedAt ?? stoppingAt)?.getTime() ?? 0;

const isFailure = (task: Task): boolean =>
  task.stopCode === 'EssentialContainerExited' || task.stopCode === 'TaskFailedToStart' || failedHealthCheck(task);

/** The code of the container that failed; containers beside it are ended with it. */
const exitCodeOf = ({ containers = [] }: Task): number | null => {
  const codes = containers.flatMap(({ exitCode }) => exitCode ?? []);
  return codes.find((code) => code !== 0) ?? codes[0] ?? null;
};
