import type { ActionId, ActionPlan } from '../contracts/action.ts';
import type { Evidence } from '../contracts/evidence.ts';
import type { RequestedChange } from '../contracts/request.ts';
import type { EcsServiceWorkload } from '../contracts/workload.ts';
import type { Result } from '../shared/result.ts';
import { err, ok } from '../shared/result.ts';
import { ACTIONS } from './catalogue.ts';
import { planAction } from './plan.ts';

/**
 * What a person's wish means here and now. It is planned as healing is, but for what makes an action a bad cure: nothing has
 * to be wrong, and a number of tasks is the person's to choose within the registered range.
 *
 * @returns the plan; else the action that would have been meant, and why it cannot be done
 */
export const planRequest = (
  change: RequestedChange,
  evidence: Evidence,
): Result<ActionPlan, { readonly actionId: ActionId; readonly reason: string }> => {
  const actionId = actionFor(change, evidence);
  const planned = permitted(actionId, evidence) ?? planOf(change, actionId, evidence);
  return planned.ok ? planned : err({ actionId, reason: planned.error });
};

const actionFor = (change: RequestedChange, { state }: Evidence): ActionId => {
  switch (change.kind) {
    case 'restart':
      // Where no task stands out as sick all of them are meant, and those are replaced a few at a time.
      return state.tasks.some(({ sick }) => sick) ? 'restart' : 'redeploy';
    case 'scaleTo':
    case 'scaleBy':
      return (tasksAfter(change, state.desired) ?? 0) < (state.desired ?? 0) ? 'scaleIn' : 'scaleOut';
    default:
      return change.kind;
  }
};

const tasksAfter = (
  change: Extract<RequestedChange, { readonly tasks: number }>,
  desired: number | null,
): number | null =>
  change.kind === 'scaleTo' ? change.tasks : desired === null ? null : Math.max(0, desired + change.tasks);

const permitted = (actionId: ActionId, { workload }: Evidence): Result<never, string> | null => {
  if (!ACTIONS[actionId].kinds.includes(workload.kind)) return err(`does not apply to ${workload.workloadId}`);
  return workload.allowedActions.includes(actionId)
    ? null
    : err(`${workload.owner} does not allow it for ${workload.workloadId}`);
};

const planOf = (change: RequestedChange, actionId: ActionId, evidence: Evidence): Result<ActionPlan, string> => {
  if (change.kind === 'scaleTo' || change.kind === 'scaleBy') return scale(change, evidence);
  if (actionId === 'redeploy') {
    return evidence.state.desired === 0 ? err('the service is meant to run no task') : ok({ actionId });
  }
  return planAction(actionId, evidence, []);
};

const scale = (
  change: Extract<RequestedChange, { readonly tasks: number }>,
  { workload, state: { desired } }: Evidence,
): Result<ActionPlan, string> => {
  const { minTasks, maxTasks } = workload as EcsServiceWorkload;
  const toTasks = tasksAfter(change, desired);
  if (desired === null || toTasks === null) return err('the number of tasks could not be read');
  if (toTasks < minTasks || toTasks > maxTasks) {
    return err(`is registered for ${minTasks} to ${maxTasks} tasks, and would run ${toTasks}`);
  }
  if (toTasks === desired) return err(`runs ${desired} tasks already`);
  return ok({ actionId: toTasks > desired ? 'scaleOut' : 'scaleIn', fromTasks: desired, toTasks });
};
