import { GuardResultSchema } from '../contracts/verdict.ts';
import type { GuardResult, Verdict } from '../contracts/verdict.ts';
import { readFacts } from './facts.ts';
import type { GuardFacts, HashPlan, ReadFacts, RecheckFacts } from './facts.ts';
import { deny, FAIL_CLOSED } from './guard.ts';
import type { AnyGuard, Guard } from './guard.ts';

/**
 * Runs guards that ask no policies: one denial denies, else one ask asks, else it is allowed.
 *
 * A guard that throws or answers something else than a result for its own name counts as a denial, and an empty chain
 * denies, so that a wiring mistake cannot widen what the system may do. Never throws on garbled facts.
 */
export const runGuards = (
  guards: readonly Guard[],
  facts: GuardFacts | RecheckFacts,
  hashPlan: HashPlan,
): { readonly verdict: Verdict['verdict']; readonly guards: GuardResult[] } => {
  if (guards.length === 0) return { verdict: 'deny', guards: [noGuards] };
  const read = readFacts(facts, hashPlan);
  const results = guards.map((guard) => run(guard, read));
  return { verdict: strictest(results), guards: results };
};

/** One guard's result; its failure is a denial. */
export const run = (guard: Guard, facts: ReadFacts): GuardResult => {
  try {
    const answer = GuardResultSchema.safeParse(guard.check(facts));
    if (answer.success && answer.data.guard === guard.name) return answer.data;
    return failed(guard, 'it gave no valid result');
  } catch (error) {
    return failed(guard, String(error));
  }
};

/** The denial of a guard that could not do its work. */
export const failed = (guard: AnyGuard, why: string): GuardResult => ({
  guard: guard.name,
  ...deny(`the guard failed: ${why}`, { fact: 'not known', limit: 'must answer', limitSource: FAIL_CLOSED }),
});

/** The denial of an empty chain. */
export const noGuards: GuardResult = {
  guard: 'schema',
  ...deny('no guard is configured, and nothing is allowed without one', {
    fact: '0 guards',
    limit: 'at least 1 guard',
    limitSource: FAIL_CLOSED,
  }),
};

/** One denial denies, else one ask asks. */
export const strictest = (results: readonly Pick<GuardResult, 'result'>[]): Verdict['verdict'] => {
  if (results.some(({ result }) => result === 'deny')) return 'deny';
  return results.some(({ result }) => result === 'ask') ? 'ask' : 'allow';
};
