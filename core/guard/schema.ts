import { allow, defineGuard, deny } from './guard.ts';

/** The plan is the one that was hashed, and the decision's own list of candidates says it may be chosen. */
export const schemaGuard = defineGuard('schema', ['decision', 'planHashNow'], ({ decision, planHashNow }) => {
  const { plan, planHash, candidates } = decision;
  const measure = { fact: `plan hash ${planHashNow}`, limit: `plan hash ${planHash}`, limitSource: 'decision' };
  if (planHashNow !== planHash) return deny('the plan is not the one that was decided: its hash differs', measure);
  const [candidate, second] = candidates.filter(({ actionId }) => actionId === plan.actionId);
  if (candidate === undefined) return deny(`${plan.actionId} is not among the decision's candidates`, measure);
  if (second !== undefined) return deny(`${plan.actionId} is listed twice among the decision's candidates`, measure);
  if (candidate.masked !== null) return deny(`${plan.actionId} cannot apply here: ${candidate.masked}`, measure);
  return allow('the plan is the one that was decided', measure);
});
