import { ACTIONS } from '../action/catalogue.ts';
import type { ActionId } from '../contracts/action.ts';
import type { Candidate } from '../contracts/decision.ts';
import { changesWorkload, definePolicyGuard } from './guard.ts';
import { askFromRiskFor, confidenceFloorFor, levelOfRisk } from './limit.ts';
import { decimalAbove, decimalBelow } from './policy.ts';

/** The chosen action is likely enough to help; below the floor a person decides. */
export const confidenceGuard = definePolicyGuard(
  'confidence',
  'confidence',
  ['limits', 'workload'],
  ({ limits, workload, decision }) => {
    const { actionId } = decision.plan;
    if (decision.requestedBy !== undefined) return wanted(decision.requestedBy);
    const mean = decision.candidates.find((candidate) => candidate.actionId === actionId)?.recoverProbability?.mean;
    const floor = confidenceFloorFor({ limits, workload });
    return {
      facts: { known: mean !== undefined, probability: decimalBelow(mean ?? 0), floor: decimalAbove(floor.value) },
      measure: {
        fact: mean === undefined ? 'no estimate' : `probability ${Number(mean.toFixed(3))}`,
        limit: `at least ${floor.value}`,
        limitSource: floor.source,
      },
      passes: `${actionId} is likely enough to help`,
    };
  },
);

/** What a person asks for brings what they asked for: whether that helps is theirs to judge. */
const wanted = (by: string) => ({
  facts: { known: true, probability: decimalBelow(1), floor: decimalAbove(0) },
  measure: { fact: `${by} asked for it`, limit: 'none for what a person asks for', limitSource: 'request' },
  passes: `${by} asked for it: whether it helps is theirs to judge`,
});

/** Of the candidates those that could be done, are less risky than an action, and help at least as likely. */
export const milderThan = (
  actionId: ActionId,
  candidates: readonly Pick<Candidate, 'actionId' | 'masked' | 'recoverProbability'>[],
): readonly ActionId[] => {
  const chosen = candidates.find((candidate) => candidate.actionId === actionId)?.recoverProbability?.mean ?? 0;
  const risk = levelOfRisk(ACTIONS[actionId].risk);
  return candidates
    .filter(
      (other) =>
        other.masked === null &&
        changesWorkload(other.actionId) &&
        levelOfRisk(ACTIONS[other.actionId].risk) < risk &&
        other.recoverProbability !== null &&
        other.recoverProbability.mean >= chosen,
    )
    .map((other) => other.actionId);
};

/** No stronger action than the fault warrants: nothing milder would help as likely. */
export const proportionalityGuard = definePolicyGuard('proportionality', 'proportionality', [], ({ decision }) => {
  const { plan, candidates } = decision;
  const milder = milderThan(plan.actionId, candidates);
  const names = milder.join(', ');
  return {
    facts: { milderAndAsLikely: milder.length },
    measure: {
      fact: milder.length === 0 ? 'nothing milder is as likely to help' : `${names}: milder, and as likely to help`,
      limit: 'the mildest of those that are as likely to help',
      limitSource: 'action catalogue',
    },
    passes: `${plan.actionId} is no stronger than the fault warrants`,
    words: { milder: names },
  };
});

/** What the environment calls too risky needs a person; where it calls nothing so, nobody is asked. */
export const reversibilityGuard = definePolicyGuard(
  'reversibility',
  'reversibility',
  ['limits', 'workload'],
  ({ limits, workload, decision }) => {
    const { reversible, risk, plan } = decision;
    const { value: from, source } = askFromRiskFor({ limits, workload });
    const judged = `${plan.actionId} ${reversible ? 'can' : 'cannot'} be undone and is of ${risk} risk`;
    return {
      facts: {
        riskLevel: levelOfRisk(risk),
        reversible,
        asks: from !== null,
        askFromLevel: from === null ? 0 : levelOfRisk(from),
      },
      measure: {
        fact: `${reversible ? 'reversible' : 'irreversible'}, risk ${risk}`,
        limit: from === null ? 'any risk' : `risk below ${from}, irreversible counts one level higher`,
        limitSource: source,
      },
      passes: `${judged}: that is accepted here`,
      words: { judged },
    };
  },
);
