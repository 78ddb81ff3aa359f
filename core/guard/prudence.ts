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

/** What cannot be undone counts as one level riskier than it is: harm that it does stays. */
const levelOf = (risk: Risk, reversible = true): number => RiskSchema.options.indexOf(risk) + (reversible ? 0 : 1);

/** What the environment calls too risky needs a person; where it calls nothing so, nobody is asked. */
export const reversibilityGuard = defineChangeGuard('reversibility', ['limits'], ({ limits, decision }) => {
  const { reversible, risk, plan } = decision;
  const { askFromRisk } = limits;
  const judged = `${plan.actionId} ${reversible ? 'can' : 'cannot'} be undone and is of ${risk} risk`;
  const measure = {
    fact: `${reversible ? 'reversible' : 'irreversible'}, risk ${risk}`,
    limit: askFromRisk === null ? 'any risk' : `risk below ${askFromRisk}, irreversible counts one level higher`,
    limitSource: 'limits.askFromRisk',
  };
  return askFromRisk !== null && levelOf(risk, reversible) >= levelOf(askFromRisk)
    ? ask(`${judged}: a person decides that here`, measure)
    : allow(`${judged}: that is accepted here`, measure);
});
