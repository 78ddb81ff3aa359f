import { GuardResultSchema } from '../contracts/verdict.ts';
import type { GuardResult, Verdict } from '../contracts/verdict.ts';
import { readFacts } from './facts.ts';
import type { GuardFacts, HashPlan, ReadFacts, RecheckFacts } from './facts.ts';
import { deny } from './guard.ts';
import type { Guard } from './guard.ts';

/** The verdict and what every guard said, in the order of the chain. */
export type Evaluation = { readonly verdict: Verdict['verdict']; readonly guards: GuardResult[] };

/**
 * Runs every guard: one denial denies, else one ask asks, else it is allowed.
 *
 * A guard that throws or answers something else than a result for its own name counts as a denial, and an empty chain
 * denies, so that a wiring mistake cannot widen what the system may do. Never throws on garbled facts.
 *
 * @param guards - {@link guardChain}, or more
 * @param hashPlan - computes the plan's hash again, to hold the decision to it
 */
export const evaluate = (
  guards: readonly Guard[],
  facts: GuardFacts | RecheckFacts,
  hashPlan: HashPlan,
): Evaluation => {
  if (guards.length === 0) return { verdict: 'deny', guards: [noGuards] };
  const read = readFacts(facts, hashPlan);
  const results = guards.map((guard) => run(guard, read));
  return { verdict: strictest(results), guards: results };
};

const run = (guard: Guard, facts: ReadFacts): GuardResult => {
  try {
    const answer = GuardResultSchema.safeParse(guard.check(facts));
    if (answer.success && answer.data.guard === guard.name) return answer.data;
    return failed(guard, 'it gave no valid result');
  } catch (error) {
    return failed(guard, String(error));
  }
};

const failed = (guard: Guard, why: string): GuardResult => ({
  guard: guard.name,
  ...deny(`the guard failed: ${why}`, { fact: 'not known', limit: 'must answer', limitSource: 'guards fail closed' }),
});

const noGuards: GuardResult = {
  guard: 'schema',
  ...deny('no guard is configured, and nothing is allowed without one', {
    fact: '0 guards',
    limit: 'at least 1 guard',
    limitSource: 'guards fail closed',
  }),
};

const strictest = (results: readonly GuardResult[]): Verdict['verdict'] => {
  if (results.some(({ result }) => result === 'deny')) return 'deny';
  return results.some(({ result }) => result === 'ask') ? 'ask' : 'allow';
};
