import { allow, ask, defineChangeGuard } from './guard.ts';

/**
 * Where an environment asks for it, an action is taken without a person only after it has earned that: enough verified
 * heals in the environment before, at the same version of the model, and a high enough lower bound of its success rate.
 */
export const earnedAutonomyGuard = defineChangeGuard('earned-autonomy', ['limits'], ({ limits, decision }) => {
  const { earn } = limits.learning;
  const { autonomy, plan } = decision;
  const shown = autonomy ?? { hypothesis: 'the cause', heals: 0, failures: 0, lowerBound: 0 };
  const measure = {
    fact: `${shown.heals} lasting heals before, ${shown.failures} failures, lower bound ${Number(shown.lowerBound.toFixed(3))}`,
    limit: earn === null ? 'nothing to be earned here' : `${earn.heals} heals, lower bound ${earn.lowerBound}`,
    limitSource: 'limits.learning.earn',
  };
  if (decision.requestedBy !== undefined) {
    return allow(`${decision.requestedBy} asked for it, and a person confirms it`, measure);
  }
  if (earn === null) return allow(`${plan.actionId} needs to have earned nothing here`, measure);
  return shown.heals >= earn.heals && shown.lowerBound >= earn.lowerBound
    ? allow(`${plan.actionId} has earned it to be done against ${shown.hypothesis} without a person`, measure)
    : ask(`${plan.actionId} has not earned it yet to be done against ${shown.hypothesis} without a person`, measure);
});
