import type { ActionPlan } from '../contracts/action.ts';

/** How long added tasks are paid for: until somebody scales in again, at the latest the next day. */
const ADDED_HOURS = 24;
/** How long a rolling replacement runs both the old and the new tasks. */
const OVERLAP_HOURS = 0.25;
/** Price of one SQS request; a message that is moved takes three. */
const REQUEST_MICRO_USD = 0.4;

/**
 * What a change may cost, in millionths of a US dollar, rounded up: an estimate, and rather too much than too little.
 *
 * @param desired - tasks that the service wants now; null where there are none, which counts as one
 */
export const costOf = (plan: ActionPlan, desired: number | null, taskHourUsd: number): number => {
  // To the millionth of a millionth, so that 2.4 does not become 2.4000000000000004 and then one more.
  const taskHours = (hours: number): number => Math.ceil(Number((hours * taskHourUsd * 1_000_000).toFixed(6)));
  switch (plan.actionId) {
    case 'scaleOut':
      return taskHours(Math.max(0, plan.toTasks - plan.fromTasks) * ADDED_HOURS);
    case 'redeploy':
    case 'rollback':
      return taskHours((desired ?? 1) * OVERLAP_HOURS);
    case 'restart':
      return taskHours(plan.taskArns.length * OVERLAP_HOURS);
    case 'redrive':
      return Math.ceil(Number((plan.messages * 3 * REQUEST_MICRO_USD).toFixed(6)));
    case 'scaleIn':
    case 'wait':
    case 'escalate':
      return 0;
  }
};

/** `0.42 USD`; below a cent with four decimals. */
export const inUsd = (microUsd: number): string => {
  const cents = Math.floor(microUsd / 10_000);
  return `${Number((microUsd / 1_000_000).toFixed(cents === 0 ? 4 : 2))} USD`;
};
