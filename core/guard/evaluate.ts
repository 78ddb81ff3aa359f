import type { PolicyRequest } from '../contracts/policy-request.ts';
import type { GuardResult, Verdict } from '../contracts/verdict.ts';
import { readFacts } from './facts.ts';
import type { GuardFacts, HashPlan, ReadFacts } from './facts.ts';
import type { AnyGuard, PolicyGuard } from './guard.ts';
import { judge } from './judge.ts';
import type { Seen } from './judge.ts';
import type { PolicyEngine } from './policy.ts';
import { failed, noGuards, run, strictest } from './run.ts';

/** The verdict and what every guard said, in the order of the chain. */
export type Evaluation = {
  readonly verdict: Verdict['verdict'];
  readonly guards: GuardResult[];
  /** What the policies were asked, and which; null when they could not be asked. */
  readonly policies: { readonly version: string; readonly request: PolicyRequest } | null;
};

/**
 * Runs every guard and puts what they observed to the policies: one denial denies, else one ask asks, else it is allowed.
 *
 * A guard that throws or answers something else than a result for its own name counts as a denial, an empty chain
 * denies, and so do policies that cannot be evaluated, so that a wiring mistake cannot widen what the system may do. Never
 * throws on garbled facts.
 *
 * @param guards - {@link guardChain}, or more
 * @param hashPlan - computes the plan's hash again, to hold the decision to it
 */
export const evaluate = (
  guards: readonly AnyGuard[],
  facts: GuardFacts,
  hashPlan: HashPlan,
  policies: PolicyEngine,
): Evaluation => {
  if (guards.length === 0) return { verdict: 'deny', guards: [noGuards], policies: null };
  const read = readFacts(facts, hashPlan);
  const seen = guards.map((guard) => ('observe' in guard ? observe(guard, read) : run(guard, read)));
  const judged = judge(seen.filter(isSeen), read, policies);
  const all = [...seen.map((one) => (isSeen(one) ? judged.resultOf(one) : one)), judged.rest];
  return { verdict: strictest(all), guards: all, policies: judged.asked };
};

const isSeen = (one: Seen | GuardResult): one is Seen => 'observed' in one;

const observe = (guard: PolicyGuard, facts: ReadFacts): Seen | GuardResult => {
  try {
    return { guard: guard.name, observed: guard.observe(facts) };
  } catch (error) {
    return failed(guard, String(error));
  }
};
