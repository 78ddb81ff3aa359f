import { definePolicyGuard } from './guard.ts';

/** The workload's owner allowed this kind of action: `policies/allow-list.cedar`. */
export const allowListGuard = definePolicyGuard('allow-list', null, ['workload'], ({ workload, decision }) => {
  const { actionId } = decision.plan;
  return {
    facts: {},
    measure: {
      fact: actionId,
      limit: workload.allowedActions.join(', ') || 'no action',
      limitSource: `registration of ${workload.workloadId}`,
    },
    passes: `${actionId} is allowed for ${workload.workloadId}`,
  };
});
