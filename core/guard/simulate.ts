import { PolicyRequestSchema } from '../contracts/policy-request.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { answersTo } from './judge.ts';
import type { PolicyEngine, PolicyRef } from './policy.ts';
import { strictest } from './run.ts';

/** What another set of policies makes of a recorded verdict. */
export interface Simulated {
  readonly before: Verdict['verdict'];
  readonly after: Verdict['verdict'];
  /** Policies of the other set that object: those that deny, and those that ask. */
  readonly denying: readonly PolicyRef[];
  readonly asking: readonly PolicyRef[];
}

/**
 * Puts the question of a recorded verdict to another set of policies. What guards said that ask no policies stays as it
 * was: the record holds their answers, not their facts.
 *
 * @returns null for a verdict that was given without policies
 * @throws Error when the recorded question is not one
 */
export const simulate = (verdict: Verdict, policies: PolicyEngine): Simulated | null => {
  if (verdict.policies === null || verdict.policies === undefined) return null;
  const { supervised, alone } = answersTo(PolicyRequestSchema.parse(verdict.policies.request), policies);
  const fixed = verdict.guards.filter(({ policies: by, guard }) => by === undefined && guard !== 'policies');
  const isApproved = verdict.guards.some(({ guard, result }) => guard === 'approval' && result === 'allow');
  const judged = [
    { result: supervised.permitted && supervised.errors.length === 0 ? ('allow' as const) : ('deny' as const) },
    { result: alone.permitted && alone.errors.length === 0 ? ('allow' as const) : ('ask' as const) },
  ];
  const after = strictest([...fixed, ...judged]);
  const denying = [...supervised.objections, ...supervised.errors.map(({ policy }) => policy)];
  const denyingIds = new Set(denying.map(({ id }) => id));
  return {
    before: verdict.verdict,
    // A yes that was given answers what asked then, and answers it again.
    after: after === 'ask' && isApproved ? 'allow' : after,
    denying,
    asking: alone.objections.filter(({ id }) => !denyingIds.has(id)),
  };
};
