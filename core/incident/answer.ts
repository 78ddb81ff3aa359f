import type { ApprovalRequest } from '../contracts/incident.ts';
import type { Approval } from '../contracts/verdict.ts';
import type { Result } from '../shared/result.ts';
import { err, ok } from '../shared/result.ts';
import type { EpochMs } from '../shared/units.ts';
import { fromIso, isBefore, toIso } from '../shared/units.ts';

export interface Answer {
  readonly answer: 'approve' | 'decline';
  readonly approver: string;
  readonly planHash: string;
  readonly reason: string | null;
}

/**
 * Holds an answer to the question that is open: a late one, or one about another plan, is refused and says so.
 *
 * @param request - null when nothing is being asked: never was, or somebody answered already
 */
export const answerTo = (
  request: ApprovalRequest | null,
  answer: Answer,
  now: EpochMs,
): Result<{ readonly request: ApprovalRequest; readonly approval: Approval }, string> => {
  if (request === null) return err('nothing is waiting for an answer: it was answered already, or it is over');
  if (!isBefore(now, fromIso(request.expiresAt))) return err(`the question expired at ${request.expiresAt}`);
  if (answer.planHash !== request.planHash) {
    return err('the answer is about another plan than the one that is proposed now: look at it again');
  }
  return ok({ request, approval: { ...answer, answeredAt: toIso(now) } });
};
