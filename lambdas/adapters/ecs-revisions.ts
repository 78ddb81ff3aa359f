import {
  DescribeServiceRevisionsCommand,
  DescribeTaskDefinitionCommand,
  ListServiceDeploymentsCommand,
  type ContainerDefinition,
  type ECSClient,
  type ServiceDeploymentBrief,
  type Task,
} from '@aws-sdk/client-ecs';
import type { Revision } from '../../core/contracts/evidence.ts';
import type { EcsServiceWorkload } from '../../core/contracts/workload.ts';
import { failedHealthCheck, type LiveService } from './ecs-reads.ts';
import { calling, isNamed } from './sdk-errors.ts';

/** Most revisions in one DescribeServiceRevisions request. */
const MAX_REVISIONS = 20;

/**
 * The last task definition that the service ran well before its present one, with proof; null without any.
 *
 * Only an earlier revision of the same family qualifies: after a rollback the newest successful deployment is the one
 * that was rolled back. Proof is, in this order: ECS's own history of successful service deployments; a deployment that
 * had completed and is being replaced right now; tasks that ran until the scheduler replaced them.
 *
 * @param avoid - revisions with which an incident began: ECS may have called them successful, users did not
 */
export const findStableRevision = async (
  client: ECSClient,
  workload: EcsServiceWorkload,
  live: LiveService,
  stopped: readonly Task[],
  avoid: readonly string[] = [],
): Promise<Revision | null> => {
  const current = parseRevision(live.primary.taskDefinition);
  if (current === null || current.number <= 1) return null;
  const candidates = [
    ...((await successfulDeployments(client, workload)) ?? []),
    ...live.deployments.filter(({ rolloutState }) => rolloutState === 'COMPLETED').map(fromDeployment),
    ...stopped.filter(wasReplaced).map(fromTask),
  ];
  const usable = candidates.filter((candidate) => isBefore(current)(candidate) && !avoid.includes(candidate.revision));
  return usable.sort(newestFirst)[0] ?? null;
};

interface RevisionName {
  readonly family: string;
  readonly number: number;
}

/** `arn:aws:ecs:eu-west-1:123456789012:task-definition/checkout:7` is number 7 of `.../checkout`. */
const parseRevision = (taskDefinition: string | undefined): RevisionName | null => {
  const parts = /^(?<family>.+):(?<number>\d+)$/.exec(taskDefinition ?? '')?.groups;
  return parts?.family === undefined ? null : { family: parts.family, number: Number(parts.number) };
};

const isBefore =
  (current: RevisionName) =>
  ({ revision }: Revision): boolean => {
    const name = parseRevision(revision);
    return name !== null && name.family === current.family && name.number < current.number;
  };

const newestFirst = (a: Revision, b: Revision): number =>
  (parseRevision(b.revision)?.number ?? 0) - (parseRevision(a.revision)?.number ?? 0);

/** Null where ECS keeps no history of service deployments. */
const successfulDeployments = async (
  client: ECSClient,
  { clusterArn, serviceName }: EcsServiceWorkload,
): Promise<readonly Revision[] | null> => {
  const list = new ListServiceDeploymentsCommand({
    cluster: clusterArn,
    service: serviceName,
    status: ['SUCCESSFUL'],
    maxResults: 100,
  });
  let briefs: readonly ServiceDeploymentBrief[];
  try {
    const answer = await calling('ecs:ListServiceDeployments', () => client.send(list), serviceName);
    briefs = answer.serviceDeployments ?? [];
  } catch (error) {
    if (isNamed(error, 'UnsupportedFeatureException')) return null;
    throw error;
  }
  const newest = [...briefs].sort((a, b) => Number(b.createdAt) - Number(a.createdAt)).slice(0, MAX_REVISIONS);
  const revisionArns = [...new Set(newest.flatMap(({ targetServiceRevisionArn }) => targetServiceRevisionArn ?? []))];
  if (revisionArns.length === 0) return [];
  const describe = new DescribeServiceRevisionsCommand({ serviceRevisionArns: revisionArns });
  const answer = await calling('ecs:DescribeServiceRevisions', () => client.send(describe), serviceName);
  const definitions = new Map(
    (answer.serviceRevisions ?? []).map((revision) => [revision.serviceRevisionArn, revision.taskDefinition]),
  );
  return newest.flatMap((brief) => {
    const revision = definitions.get(brief.targetServiceRevisionArn);
    if (revision === undefined) return [];
    const deploymentId = brief.serviceDeploymentArn?.split('/').at(-1) ?? 'unknown';
    return [{ revision, deploymentId, createdAt: toIso(brief.createdAt), stable: true }];
  });
};

const fromDeployment = (deployment: {
  readonly taskDefinition?: string | undefined;
  readonly id?: string | undefined;
  readonly createdAt?: Date | undefined;
}): Revision => ({
  revision: deployment.taskDefinition ?? '',
  deploymentId: deployment.id ?? 'unknown',
  createdAt: toIso(deployment.createdAt),
  stable: true,
});

/** A task that lived this long had started: a revision that crashes at once leaves only shorter lives behind. */
const PROVEN_MS = 10_000;

/** Ran, and did not end by itself, by a person's hand or by a failed health check: a newer deployment took its place. */
const wasReplaced = (task: Task): boolean => {
  const { stopCode, startedAt, stoppingAt, healthStatus } = task;
  if (stopCode !== 'ServiceSchedulerInitiated' || failedHealthCheck(task) || healthStatus === 'UNHEALTHY') return false;
  return startedAt !== undefined && stoppingAt !== undefined && Number(stoppingAt) - Number(startedAt) >= PROVEN_MS;
};

const fromTask = (task: Task): Revision => ({
  revision: task.taskDefinitionArn ?? '',
  deploymentId: task.startedBy ?? 'unknown',
  createdAt: toIso(task.createdAt),
  stable: true,
});

const toIso = (instant: Date | undefined): string => (instant ?? new Date(0)).toISOString();

/**
 * Tells what a revision changed against the stable one: another program is code, anything else (environment, secrets,
 * CPU, memory) is configuration. A task definition never changes, so each is read once.
 */
export const revisionChanges = (client: ECSClient) => {
  const programs = new Map<string, string>();
  const programOf = async (revision: string): Promise<string> => {
    const known = programs.get(revision);
    if (known !== undefined) return known;
    const command = new DescribeTaskDefinitionCommand({ taskDefinition: revision });
    const answer = await calling('ecs:DescribeTaskDefinition', () => client.send(command), revision);
    const program = describeProgram(answer.taskDefinition?.containerDefinitions ?? []);
    programs.set(revision, program);
    return program;
  };
  return async (stable: Revision | null, current: string): Promise<'code' | 'configuration' | null> => {
    if (stable === null) return null;
    const [before, after] = await Promise.all([programOf(stable.revision), programOf(current)]);
    return before === after ? 'configuration' : 'code';
  };
};

const describeProgram = (containers: readonly ContainerDefinition[]): string =>
  JSON.stringify(
    containers
      .map(({ name, image, entryPoint, command }) => JSON.stringify([name, image, entryPoint ?? [], command ?? []]))
      .sort(),
  );
