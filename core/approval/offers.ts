import { ACTIONS } from '../action/catalogue.ts';
import { describePlan, planAction } from '../action/plan.ts';
import type { ActionPlan } from '../contracts/action.ts';
import type { Decision } from '../contracts/decision.ts';
import type { Evidence } from '../contracts/evidence.ts';
import type { Offer } from '../contracts/incident.ts';
import type { TriedAction } from '../contracts/loop-state.ts';
import { milderThan } from '../guard/prudence.ts';
import { hashPlan } from '../action/hash-plan.ts';
import type { Sha256 } from '../shared/ports.ts';
import { stepsByHand } from './steps.ts';

/** More than these nobody compares; the others are in the record. */
const MAX_ALTERNATIVES = 3;

export interface Offers {
  readonly proposal: Offer;
  /** The next best that could be done instead, best first. What changes nothing is not among them: declining does that. */
  readonly alternatives: readonly Offer[];
}

/**
 * Everything that a person can say yes to. Each alternative is planned from the evidence of the decision, so that a yes is
 * about a plan and its hash, never only about the name of an action.
 */
export const offersOf = (
  decision: Decision,
  evidence: Evidence,
  tried: readonly TriedAction[],
  sha256: Sha256,
): Offers => {
  const offer = (plan: ActionPlan): Offer => offerOf(plan, decision, evidence, sha256);
  const alternatives = decision.candidates
    .filter(({ actionId, masked }) => masked === null && actionId !== decision.plan.actionId)
    .filter(({ actionId }) => ACTIONS[actionId].mutates)
    // The guards refuse it after a yes as well: whoever is asked shall not be offered what they cannot have.
    .filter(({ actionId }) => milderThan(actionId, decision.candidates).length === 0)
    .sort((a, b) => minutesOf(a.expectedMinutes) - minutesOf(b.expectedMinutes))
    .flatMap(({ actionId }) => {
      const planned = planAction(actionId, evidence, tried);
      return planned.ok ? [offer(planned.value)] : [];
    });
  return { proposal: offer(decision.plan), alternatives: alternatives.slice(0, MAX_ALTERNATIVES) };
};

const minutesOf = (expected: number | null): number => expected ?? Number.POSITIVE_INFINITY;

const offerOf = (plan: ActionPlan, decision: Decision, { workload }: Evidence, sha256: Sha256): Offer => {
  const { actionId } = plan;
  const candidate = decision.candidates.find((other) => other.actionId === actionId);
  return {
    actionId,
    plan,
    planHash: hashPlan(plan, sha256),
    summary: describePlan(plan),
    expectedMinutes: candidate?.expectedMinutes ?? null,
    recoverProbability: candidate?.recoverProbability ?? null,
    evidenceCount: candidate?.evidenceCount ?? 0,
    risk: ACTIONS[actionId].risk,
    reversible: ACTIONS[actionId].undo !== null,
    steps: [...stepsByHand(plan, workload)],
  };
};
