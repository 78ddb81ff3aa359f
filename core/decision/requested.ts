import { ACTIONS } from '../action/catalogue.ts';
import { hashPlan } from '../action/hash-plan.ts';
import { planRequest } from '../action/request.ts';
import type { ActionPlan } from '../contracts/action.ts';
import type { Candidate, Decision } from '../contracts/decision.ts';
import { DecisionSchema } from '../contracts/decision.ts';
import type { Evidence } from '../contracts/evidence.ts';
import type { Request } from '../contracts/request.ts';
import { UNKNOWN } from '../learning/catalogue.ts';
import type { Sha256 } from '../shared/ports.ts';

/**
 * The decision where a person has made it: the only candidate is what they asked for. Nothing is believed, compared or drawn,
 * and nothing of it teaches the learner anything. What cannot be done becomes an `escalate` that says why.
 */
export const decideRequest = ({ change, by }: Request, evidence: Evidence, sha256: Sha256): Decision => {
  const planned = planRequest(change, evidence);
  const plan: ActionPlan = planned.ok ? planned.value : { actionId: 'escalate', reason: planned.error.reason };
  const asked = planned.ok ? plan.actionId : planned.error.actionId;
  return DecisionSchema.parse({
    plan,
    planHash: hashPlan(plan, sha256),
    risk: ACTIONS[plan.actionId].risk,
    reversible: ACTIONS[plan.actionId].undo !== null,
    belief: [{ hypothesis: UNKNOWN, probability: 1 }],
    // What an approval is held to besides the plan: there is no evidence that could change behind its back.
    fingerprint: `requested|${asked}`,
    candidates: [
      candidate(asked, planned.ok ? null : planned.error.reason),
      ...(planned.ok ? [] : [candidate('escalate', null)]),
    ],
    runbookAction: asked,
    counterfactual: null,
    modelVersion: 'none',
    reason: `${by} asked for it`,
    requestedBy: by,
  });
};

const candidate = (actionId: Candidate['actionId'], masked: string | null): Candidate => ({
  actionId,
  masked,
  expectedMinutes: null,
  recoverProbability: null,
  evidenceCount: 0,
});
