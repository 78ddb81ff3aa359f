import type { Approval, Question } from '../contracts/verdict.ts';
import { CLOCK_SKEW } from '../guard/freshness.ts';
import type { Measure } from '../guard/guard.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import { elapsed, formatDuration, fromIso, isBefore, isLonger } from '../shared/units.ts';
import { samePerson } from './answer.ts';

/** What would be done now, and about what. */
export interface Present {
  readonly now: EpochMs;
  readonly workloadId: string;
  readonly planHash: string;
  readonly fingerprint: string;
  /** Newest token under which another incident may have acted on the workload; null when it could not be read. */
  readonly fencingToken: number | null;
}

/**
 * Why an approval does not count for what would be done now. An approval is bound to its question, the plan, the evidence,
 * the people, a deadline and the fencing token; whatever of them has changed, it is void.
 *
 * @param ttl - how long after the answer it may be used
 * @returns reasons, each a clause; empty when it counts
 */
export const whyNotBound = (
  approval: Approval,
  question: Question | undefined,
  present: Present,
  ttl: DurationMs,
): readonly string[] => {
  if (approval.answer !== 'approve') return [`the answer was ${approval.answer}`];
  if (question === undefined) return ['nobody was asked, so nobody can have approved'];
  const { now, workloadId, planHash, fingerprint, fencingToken } = present;
  const answeredAt = fromIso(approval.answeredAt);
  const checks: readonly (readonly [boolean, string])[] = [
    [approval.questionId === question.questionId, 'the approval answers another question'],
    [
      workloadId === question.workloadId,
      `the cause is now seen in ${workloadId}, and it was asked about ${question.workloadId}`,
    ],
    [question.offered.includes(approval.planHash), 'the approval is about a plan that was not offered'],
    [approval.planHash === planHash, 'the approval is about another plan'],
    [
      fingerprint === question.fingerprint,
      `the evidence has changed since it was shown: ${question.fingerprint} then, ${fingerprint} now`,
    ],
    [fencingToken !== null, 'whether somebody else has acted since could not be read'],
    [fencingToken === null || fencingToken === question.fencingToken, 'somebody else has acted on the workload since'],
    [Boolean(approval.approver), 'the approval does not say who gave it'],
    [distinct(approval) >= question.approvals, `it takes ${question.approvals} different people to approve it`],
    [!isLonger(elapsed(now, answeredAt), CLOCK_SKEW), 'the approval is from the future'],
    [!isLonger(elapsed(answeredAt, fromIso(question.askedAt)), CLOCK_SKEW), 'the approval is older than its question'],
    [isBefore(answeredAt, fromIso(question.expiresAt)), `the answer came after the question had expired`],
    [!isLonger(elapsed(answeredAt, now), ttl), `the approval has expired: it may be used for ${formatDuration(ttl)}`],
  ];
  return checks.flatMap(([holds, reason]) => (holds ? [] : [reason]));
};

const distinct = ({ approvers = [] }: Approval): number =>
  approvers.filter((name, index) => approvers.findIndex((other) => samePerson(name, other)) === index).length;

/** What was answered, against what an approval has to be. */
export const measureApproval = (approval: Approval | null, ttl: DurationMs): Measure => ({
  fact: approval === null ? 'no answer' : `${approval.answer} at ${approval.answeredAt}`,
  limit: `approved for this plan, this evidence and this token, at most ${formatDuration(ttl)} ago`,
  limitSource: 'limits.approvalTtlSeconds',
});

/** `ada`, or `ada and grace`. */
export const listPeople = ({ approver, approvers }: Pick<Approval, 'approver' | 'approvers'>): string =>
  approvers?.join(' and ') || (approver ?? 'nobody');
