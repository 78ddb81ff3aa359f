import type { Limits } from '../contracts/limits.ts';
import type { ApprovalRequest } from '../contracts/incident.ts';
import type { EnforceInput } from '../contracts/loop-state.ts';
import type { ActInput } from '../contracts/loop-state.ts';
import type { Question } from '../contracts/verdict.ts';
import type { Sha256 } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import { after, seconds, toIso } from '../shared/units.ts';
import { offersOf } from './offers.ts';

/** Criticality for which an environment with `fourEyes` wants a second person. */
const MOST_CRITICAL = 0;

/**
 * What Enforce asks when it asks: bound to the plans, the evidence, the workload's newest fencing token and a deadline.
 *
 * @param fencingToken - the newest one of the workload, 0 when nobody has ever acted on it
 */
export const questionOf = (
  { incidentId, attempt, head, evidence, decision, tried }: EnforceInput,
  limits: Pick<Limits, 'approvalTtlSeconds' | 'fourEyes'>,
  fencingToken: number,
  now: EpochMs,
  sha256: Sha256,
): Question => {
  const { proposal, alternatives } = offersOf(decision, evidence, tried, sha256);
  const { workloadId, criticality } = evidence.workload;
  return {
    // The head is that of the decision: a retry asks the same question, another attempt another one.
    questionId: sha256(`${incidentId}|${attempt}|${head.hash}`).slice(0, 16),
    workloadId,
    fingerprint: decision.fingerprint,
    fencingToken,
    offered: [proposal, ...alternatives].map(({ planHash }) => planHash),
    approvals: limits.fourEyes && criticality === MOST_CRITICAL ? 2 : 1,
    askedAt: toIso(now),
    expiresAt: toIso(after(now, seconds(limits.approvalTtlSeconds))),
  };
};

/** The question as people get it, from the state that waits for its answer. */
export const requestOf = (
  { incidentId, evidence, validation, decision, verdict, tried, request }: ActInput,
  question: Question,
  taskToken: string,
  sha256: Sha256,
): ApprovalRequest => {
  const { proposal, alternatives } = offersOf(decision, evidence, tried, sha256);
  const { workloadId } = evidence.workload;
  return {
    incidentId,
    workloadId,
    taskToken,
    question,
    planHash: decision.planHash,
    fingerprint: decision.fingerprint,
    summary: `${proposal.summary} on ${workloadId}`,
    detected: request === undefined ? validation.reading.reasons : evidence.signals.map(({ summary }) => summary),
    reason: decision.reason,
    askedBecause: verdict.guards.filter(({ result }) => result === 'ask').map(({ reason }) => reason),
    proposal,
    alternatives: [...alternatives],
    requestedAt: question.askedAt,
    expiresAt: question.expiresAt,
    announced: false,
    consents: [],
  };
};
