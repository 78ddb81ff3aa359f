import { RiskSchema } from '../contracts/action.ts';
import type { Risk } from '../contracts/action.ts';
import { allow, ask, defineChangeGuard, deny } from './guard.ts';

/** The chosen action is likely enough to help; below the floor a person decides. */
export const confidenceGuard = defineChangeGuard('confidence', ['limits'], ({ limits, decision }) => {
  const { actionId } = decision.plan;
  const mean = decision.candidates.find((candidate) => candidate.actionId === actionId)?.recoverProbability?.mean;
  const measure = {
    fact: mean === undefined ? 'no estimate' : `probability ${Number(mean.toFixed(3))}`,
    limit: `at least ${limits.confidenceFloor}`,
    limitSource: 'limits.confidenceFloor',
  };
  if (mean === undefined) return deny(`nobody knows how likely ${actionId} is to help`, measure);
  return mean >= limits.confidenceFloor
    ? allow(`${actionId} is likely enough to help`, measure)
    : ask(`${actionId} is not likely enough to help to be done without a person`, measure);
});

const rank = (risk: Risk): number => RiskSchema.options.indexOf(risk);

/** What cannot be undone, and what the environment calls too risky, needs a person. */
export const reversibilityGuard = defineChangeGuard('reversibility', ['limits'], ({ limits, decision }) => {
  const { reversible, risk, plan } = decision;
  const { askFromRisk } = limits;
  const measure = {
    fact: `${reversible ? 'reversible' : 'irreversible'}, risk ${risk}`,
    limit: `reversible${askFromRisk === null ? '' : `, risk below ${askFromRisk}`}`,
    limitSource: 'limits.askFromRisk',
  };
  if (!reversible) return ask(`${plan.actionId} cannot be undone`, measure);
  if (askFromRisk !== null && rank(risk) >= rank(askFromRisk)) {
    return ask(`${plan.actionId} is of ${risk} risk, and a person decides that here`, measure);
  }
  return allow(`${plan.actionId} can be undone, and its risk is accepted here`, measure);
});
