import { listPeople, measureApproval, whyNotBound } from '../approval/binding.ts';
import { fromIso, isBefore, seconds, toIso } from '../shared/units.ts';
import type { HashPlan, RecheckFacts } from './facts.ts';
import { freshnessAtAct } from './freshness.ts';
import { allow, changesWorkload, defineChangeGuard, defineGuard, deny } from './guard.ts';
import type { Guard } from './guard.ts';
import { runGuards } from './run.ts';
import { schemaGuard } from './schema.ts';

/**
 * Checks once more, immediately before the mutation, what may have changed since the verdict: the mode, the plan, the
 * age of what Act has just read, the approval and the lease. There is nobody left to ask: it is `allow` or `deny`.
 *
 * That the lease is still this incident's under the same fencing token is the condition of writing the intent
 * (`CoordinationStore.intend`), the only place where it can be known without a race. No policy is asked here: what is
 * checked again is that the verdict still stands, and that does not depend on an engine that may be missing.
 */
export const recheck = (facts: RecheckFacts, hashPlan: HashPlan): ReturnType<typeof runGuards> =>
  runGuards(recheckChain, facts, hashPlan);

/** The mode has not been turned to one that does not act. In manual mode the `approval` guard wants an approval. */
const modeStillActs = defineGuard('mode', ['mode', 'decision'], ({ mode: { mode, reason }, decision }) => {
  const { actionId } = decision.plan;
  const measure = { fact: mode, limit: 'auto, or manual with an approval', limitSource: `mode parameter (${reason})` };
  if (actionId === 'escalate') return allow('a person may be told in every mode', measure);
  if (mode === 'off') return deny(`the mode is off: ${reason}`, measure);
  if (mode === 'shadow' && changesWorkload(actionId)) return deny('shadow mode: recorded, not done', measure);
  return allow(`the mode is ${mode}`, measure);
});

/** The verdict lets this very plan through, and where a person had to be asked, their approval still holds. */
const approvalGuard = defineChangeGuard(
  'approval',
  ['now', 'limits', 'mode', 'workload', 'verdict', 'approval'],
  ({ now, limits, mode, workload, verdict, approval, decision }) => {
    const ttl = seconds(limits.approvalTtlSeconds);
    const measure = measureApproval(approval, ttl);
    if (verdict.verdict === 'deny') return deny('the verdict was deny', measure);
    if (verdict.planHash !== decision.planHash) return deny('the verdict is about another plan', measure);
    if (approval === null) {
      return verdict.verdict === 'allow' && verdict.question === undefined && mode.mode !== 'manual'
        ? allow('no approval is needed', measure)
        : deny('a person has to approve this, and nobody has', measure);
    }
    const { workloadId } = workload;
    const { planHash, fingerprint } = decision;
    // Enforce has counted the token up by one when it lent the lease; had anybody acted in between, it would be more.
    const fencingToken = verdict.lease === null ? null : verdict.lease.fencingToken - 1;
    const against = whyNotBound(
      approval,
      verdict.question,
      { now, workloadId, planHash, fingerprint, fencingToken },
      ttl,
    );
    return against.length === 0
      ? allow(`approved by ${listPeople(approval)}`, measure)
      : deny(against.join('; '), measure);
  },
);

/** The lease that came with the verdict has not expired. It ends at its very expiry instant. */
const leaseStillRuns = defineChangeGuard('single-flight', ['now', 'verdict'], ({ now, verdict: { lease } }) => {
  const measure = {
    fact: lease === null ? 'no lease' : `lease of ${lease.resource} until ${lease.expiresAt}`,
    limit: `not expired at ${toIso(now)}`,
    limitSource: 'verdict',
  };
  if (lease === null) return deny('no lease came with the verdict', measure);
  return isBefore(now, fromIso(lease.expiresAt))
    ? allow('the lease still runs', measure)
    : deny('the lease has expired', measure);
});

/** What {@link recheck} runs. */
export const recheckChain: readonly Guard[] = [
  modeStillActs,
  schemaGuard,
  freshnessAtAct,
  approvalGuard,
  leaseStillRuns,
];
