import type { ActionId, ActionPlan } from '../contracts/action.ts';
import type { Evidence } from '../contracts/evidence.ts';
import type { TriedAction } from '../contracts/loop-state.ts';
import type { EcsServiceWorkload, WorkloadKind } from '../contracts/workload.ts';
import type { Result } from '../shared/result.ts';
import { err, ok } from '../shared/result.ts';
import { ACTIONS, isGentle } from './catalogue.ts';

/** The same action twice without success will not do it the third time. */
const MAX_REPEATS = 2;
/** Messages that one redrive moves back: enough to help, few enough not to flood the consumer. */
const REDRIVE_BATCH = 100;
const WAIT_SECONDS = 30;

/**
 * What an action would do here and now, or why it cannot apply: the mask of the decision, with its reason.
 *
 * @param tried - earlier actions of this incident
 * @returns the plan with everything Act needs; else a reason in words
 */
export const planAction = (
  actionId: ActionId,
  evidence: Evidence,
  tried: readonly TriedAction[],
): Result<ActionPlan, string> => {
  const { workload } = evidence;
  if (actionId === 'escalate') return ok({ actionId, reason: 'a person is needed' });
  if (!ACTIONS[actionId].kinds.includes(workload.kind)) return err(`does not apply to ${KIND_WORDS[workload.kind]}`);
  if (actionId !== 'wait' && !workload.allowedActions.includes(actionId)) {
    return err(`${workload.owner} does not allow it for ${workload.workloadId}`);
  }
  if (evidence.forecast !== undefined && !isGentle(actionId)) {
    return err('is not gentle enough to prevent what has not happened yet');
  }
  if (evidence.forecast?.kind === 'demand' && ['restart', 'redeploy'].includes(actionId)) {
    return err('does not add to what the tasks can serve');
  }
  if (tried.filter((attempt) => attempt.actionId === actionId).length >= MAX_REPEATS) {
    return err(`was already tried ${MAX_REPEATS} times in this incident`);
  }
  return PLANNERS[actionId](evidence);
};

const KIND_WORDS: Readonly<Record<WorkloadKind, string>> = {
  'ecs-service': 'an ECS service',
  'lambda-function': 'a Lambda function',
  'sqs-queue': 'a queue',
};

type Planner = (evidence: Evidence) => Result<ActionPlan, string>;

const restart: Planner = ({ state }) => {
  const taskArns = state.tasks.filter((task) => task.sick).map((task) => task.taskArn);
  return taskArns.length > 0 ? ok({ actionId: 'restart', taskArns }) : err('no single task stands out as sick');
};

/** Going back replaces every task as well, so starting a suspect revision again is never the better of the two. */
const redeploy: Planner = ({ workload, state, symptoms, forecast }) => {
  if (state.desired === 0) return err('the service is meant to run no task');
  const isNew = symptoms.present.includes('recentDeploy') || symptoms.present.includes('recentConfig');
  const mayGoBack = forecast === undefined && workload.allowedActions.includes('rollback');
  const canGoBack = state.stableRevision !== null && mayGoBack;
  return isNew && canGoBack
    ? err('would only start the new revision again, and rolling back replaces every task too')
    : ok({ actionId: 'redeploy' });
};

/** Doubles, so that one step is enough for a spike; never past the registered maximum, never short of the minimum. */
const scaleOut: Planner = ({ workload, state }) => {
  const { minTasks, maxTasks } = workload as EcsServiceWorkload;
  if (state.desired === null) return err('the number of tasks could not be read');
  if (state.desired >= maxTasks) return err(`already at the registered maximum of ${maxTasks} tasks`);
  const toTasks = Math.min(maxTasks, Math.max(minTasks, state.desired * 2));
  return ok({ actionId: 'scaleOut', fromTasks: state.desired, toTasks });
};

const scaleIn: Planner = ({ workload, state, symptoms }) => {
  const { minTasks } = workload as EcsServiceWorkload;
  if (state.desired === null) return err('the number of tasks could not be read');
  if (state.desired <= minTasks) return err(`already at the registered minimum of ${minTasks} tasks`);
  if (!symptoms.present.includes('lowUtil')) return err('the tasks are not idle');
  const load = symptoms.present.filter((symptom) => LOADED.includes(symptom));
  if (load.length > 0) return err(`the service is under load (${load.join(', ')})`);
  return ok({ actionId: 'scaleIn', fromTasks: state.desired, toTasks: state.desired - 1 });
};

const LOADED: readonly string[] = ['errHigh', 'latHigh', 'cpuHigh', 'trafficHigh'];

const rollback: Planner = ({ state }) => {
  const { currentRevision, stableRevision } = state;
  if (currentRevision === null) return err('the current revision could not be read');
  if (stableRevision === null) return err('there is no earlier revision that was stable');
  if (stableRevision.revision === currentRevision.revision) return err('the stable revision is already running');
  return ok({ actionId: 'rollback', fromRevision: currentRevision.revision, toRevision: stableRevision.revision });
};

const redrive: Planner = ({ state }) => {
  if (state.deadLetters === null) return err('the dead-letter queue could not be read');
  if (state.deadLetters === 0) return err('the dead-letter queue is empty');
  return ok({ actionId: 'redrive', messages: Math.min(state.deadLetters, REDRIVE_BATCH) });
};

const PLANNERS: Readonly<Record<Exclude<ActionId, 'escalate'>, Planner>> = {
  wait: () => ok({ actionId: 'wait', seconds: WAIT_SECONDS }),
  restart,
  redeploy,
  scaleOut,
  scaleIn,
  rollback,
  redrive,
};

/** What a plan will change, in a clause: `scale out from 2 to 4 tasks`. */
export const describePlan = (plan: ActionPlan): string => {
  switch (plan.actionId) {
    case 'wait':
      return `wait ${plan.seconds} s and watch`;
    case 'restart':
      return plan.taskArns.length === 1 ? 'restart 1 sick task' : `restart ${plan.taskArns.length} sick tasks`;
    case 'redeploy':
      return 'replace every task of the same revision';
    case 'scaleOut':
    case 'scaleIn':
      return `scale ${plan.actionId === 'scaleOut' ? 'out' : 'in'} from ${plan.fromTasks} to ${plan.toTasks} tasks`;
    case 'rollback':
      return `roll back from ${shortName(plan.fromRevision)} to ${shortName(plan.toRevision)}`;
    case 'redrive':
      return `move ${plan.messages} messages back from the dead-letter queue`;
    case 'escalate':
      return `call a person: ${plan.reason}`;
  }
};

/** The last part of an ARN, which is what people call the thing. */
export const shortName = (arn: string): string => arn.split('/').at(-1) ?? arn;
