import { allow, defineChangeGuard, deny } from './guard.ts';

/** The workload's owner allowed this kind of action. */
export const allowListGuard = defineChangeGuard('allow-list', ['workload'], ({ workload, decision }) => {
  const { actionId } = decision.plan;
  const measure = {
    fact: actionId,
    limit: workload.allowedActions.join(', ') || 'no action',
    limitSource: `registration of ${workload.workloadId}`,
  };
  return workload.allowedActions.includes(actionId)
    ? allow(`${actionId} is allowed for ${workload.workloadId}`, measure)
    : deny(`${actionId} is not allowed for ${workload.workloadId}`, measure);
});
