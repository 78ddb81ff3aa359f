import type { ActionId } from '../../core/contracts/action.ts';
import type { WorkloadKind } from '../../core/contracts/workload.ts';

/** What a permission can be for; each name stands for one resource of the workload. */
export type ResourceName = 'service' | 'serviceRevisions' | 'tasks' | 'function' | 'queue' | 'deadLetterQueue';

export interface Permission {
  readonly actions: readonly string[];
  /** `anyInCluster`: the operation takes no resource but can be held to one cluster by a condition. */
  readonly on: ResourceName | 'anyInCluster';
}

/** The permissions that an action needs, or that it does not exist for that kind of workload. */
type ActionTable = Readonly<Record<ActionId, readonly Permission[] | 'not applicable'>>;

const NOTHING: readonly Permission[] = [];
const UPDATE_SERVICE: readonly Permission[] = [{ actions: ['ecs:UpdateService'], on: 'service' }];

/**
 * The permissions that Act needs for each action on each kind of workload, beyond reading.
 *
 * A rollback also passes on the roles of the service's tasks: ECS checks iam:PassRole whenever an update names a task
 * definition. `watch` allows it for these roles alone (decision 0084).
 */
export const ACTION_PERMISSIONS: Readonly<Record<WorkloadKind, ActionTable>> = {
  'ecs-service': {
    wait: NOTHING,
    // IAM knows tasks only by ids that do not exist yet: it can be held to the cluster, not to the service.
    restart: [{ actions: ['ecs:StopTask'], on: 'tasks' }],
    redeploy: UPDATE_SERVICE,
    scaleOut: UPDATE_SERVICE,
    scaleIn: UPDATE_SERVICE,
    rollback: UPDATE_SERVICE,
    redrive: 'not applicable',
    escalate: NOTHING,
  },
  'lambda-function': {
    wait: NOTHING,
    restart: 'not applicable',
    redeploy: 'not applicable',
    scaleOut: 'not applicable',
    scaleIn: 'not applicable',
    rollback: [{ actions: ['lambda:UpdateAlias'], on: 'function' }],
    redrive: 'not applicable',
    escalate: NOTHING,
  },
  'sqs-queue': {
    wait: NOTHING,
    restart: 'not applicable',
    redeploy: 'not applicable',
    scaleOut: 'not applicable',
    scaleIn: 'not applicable',
    rollback: 'not applicable',
    // Message by message, not by StartMessageMoveTask, which cannot be held to a number.
    redrive: [
      { actions: ['sqs:ReceiveMessage', 'sqs:DeleteMessage'], on: 'deadLetterQueue' },
      { actions: ['sqs:SendMessage'], on: 'queue' },
    ],
    escalate: NOTHING,
  },
};

/** What it takes to see the workload's state: for Sense and Observe always, for Act when it may change anything. */
export const READ_PERMISSIONS: Readonly<Record<WorkloadKind, readonly Permission[]>> = {
  'ecs-service': [
    { actions: ['ecs:DescribeServices', 'ecs:ListServiceDeployments'], on: 'service' },
    { actions: ['ecs:DescribeServiceRevisions'], on: 'serviceRevisions' },
    { actions: ['ecs:DescribeTasks'], on: 'tasks' },
    { actions: ['ecs:ListTasks'], on: 'anyInCluster' },
  ],
  'lambda-function': [{ actions: ['lambda:GetAlias', 'lambda:ListVersionsByFunction'], on: 'function' }],
  'sqs-queue': [
    { actions: ['sqs:GetQueueAttributes'], on: 'queue' },
    { actions: ['sqs:GetQueueAttributes'], on: 'deadLetterQueue' },
  ],
};

/** Every action that exists for a kind of workload. */
export const applicableActions = (kind: WorkloadKind): readonly ActionId[] =>
  (Object.keys(ACTION_PERMISSIONS[kind]) as ActionId[]).filter(
    (action) => ACTION_PERMISSIONS[kind][action] !== 'not applicable',
  );

/**
 * The permissions of a set of actions, each once.
 *
 * @throws Error that names the actions which do not exist for this kind, and those which do
 */
export const permissionsFor = (kind: WorkloadKind, actions: readonly ActionId[]): readonly Permission[] => {
  const impossible = actions.filter((action) => ACTION_PERMISSIONS[kind][action] === 'not applicable');
  if (impossible.length > 0) {
    throw new Error(
      `allowedActions: ${impossible.join(', ')} cannot be applied to ${kind}; allowed: ${applicableActions(kind).join(', ')}.`,
    );
  }
  const needed = actions.flatMap((action) => {
    const permissions = ACTION_PERMISSIONS[kind][action];
    return permissions === 'not applicable' ? [] : permissions;
  });
  return [...new Set(needed)];
};
