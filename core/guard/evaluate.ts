import type { PolicyRequest } from '../contracts/policy-request.ts';
import type { GuardResult, Verdict } from '../contracts/verdict.ts';
import { readFacts } from './facts.ts';
import type { GuardFacts, HashPlan, ReadFacts } from './facts.ts';
import type { AnyGuard, Observed, PolicyGuard } from './guard.ts';
import { judge } from './judge.ts';
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
  const observations = guards.flatMap((guard) => ('observe' in guard ? [[guard, observe(guard, read)] as const] : []));
  const judged = judge(observations, read, policies);
  const results = guards.map((guard) =>
    'observe' in guard ? (judged.results.get(guard) ?? failed(guard, 'nobody judged it')) : run(guard, read),
  );
  const all = [...results, judged.rest];
  return { verdict: strictest(all), guards: all, policies: judged.asked };
};

const observe = (guard: PolicyGuard, facts: ReadFacts): Observed => {
  try {
    return guard.observe(facts);
  } catch (error) {
    const { guard: _, ...denial } = failed(guard, String(error));
    return { known: false, denial };
  }
};
