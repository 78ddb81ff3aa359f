import type { Limits } from '../contracts/limits.ts';
import type { EnforceInput } from '../contracts/loop-state.ts';
import type { GuardResult, Question } from '../contracts/verdict.ts';
import type { Evaluation } from '../guard/evaluate.ts';
import type { Fact } from '../guard/facts.ts';
import { allow, deny } from '../guard/guard.ts';
import type { Coordination } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import { seconds } from '../shared/units.ts';
import { listPeople, measureApproval, whyNotBound } from './binding.ts';

type Judged = Pick<EnforceInput, 'incidentId' | 'evidence' | 'decision' | 'verdict' | 'approval'>;

/**
 * The verdict on what a person has approved: every guard has looked again, and a yes that still holds answers those that
 * asked. It answers no guard that denies, and where nobody was asked it changes nothing.
 *
 * @param evaluation - what the guards say now, of evidence gathered after the answer
 */
export const withApproval = (
  evaluation: Evaluation,
  state: Judged,
  limits: Pick<Limits, 'approvalTtlSeconds'>,
  coordination: Fact<Coordination>,
  now: EpochMs,
): Evaluation => {
  if (state.approval === undefined) return evaluation;
  const result = judge(state, state.approval, limits, coordination, now);
  const denied = evaluation.verdict === 'deny' || result.result === 'deny';
  return { ...evaluation, verdict: denied ? 'deny' : 'allow', guards: [...evaluation.guards, result] };
};

const judge = (
  { incidentId, evidence, decision, verdict }: Judged,
  approval: NonNullable<Judged['approval']>,
  limits: Pick<Limits, 'approvalTtlSeconds'>,
  coordination: Fact<Coordination>,
  now: EpochMs,
): GuardResult => {
  const ttl = seconds(limits.approvalTtlSeconds);
  const measure = measureApproval(approval, ttl);
  const question = verdict?.question;
  const against = whyNotBound(
    approval,
    question,
    {
      now,
      workloadId: evidence.workload.workloadId,
      planHash: decision.planHash,
      fingerprint: decision.fingerprint,
      fencingToken: coordination.known ? tokenOfOthers(coordination.value, incidentId, question) : null,
    },
    ttl,
  );
  return {
    guard: 'approval',
    ...(against.length === 0
      ? allow(`approved by ${listPeople(approval)}`, measure)
      : deny(against.join('; '), measure)),
  };
};

/**
 * The newest token of others: an earlier run of this very step may have taken the lease under the next one already, and then
 * died before it could say so.
 */
const tokenOfOthers = ({ lease }: Coordination, incidentId: string, question: Question | undefined): number => {
  if (lease === null) return 0;
  const { holder, fencingToken } = lease;
  return holder === incidentId && fencingToken - 1 === question?.fencingToken ? fencingToken - 1 : fencingToken;
};
