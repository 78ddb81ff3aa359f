import type { DecisionReason } from '../learning/choice.ts';

/** Why it is this action, in words. */
export const REASONS: Readonly<Record<DecisionReason, string>> = {
  leastCost: 'it has the least expected cost in minutes of user impact',
  explored: 'it was drawn among the best, to learn',
  runbookKept: 'nothing beats the runbook by enough to replace it',
  attemptsUsedUp: 'all attempts are used up',
  nothingAllowed: 'no action can apply here',
  unknownFault: 'the cause is probably none that the catalogue knows',
  escalationCheaper: 'no action that can apply is expected to save anything against calling a person',
};
