import type { ApprovalRequest, Consent, Offer } from '../contracts/incident.ts';
import type { AnswerKind, Approval } from '../contracts/verdict.ts';
import type { Result } from '../shared/result.ts';
import { err, ok } from '../shared/result.ts';
import type { EpochMs } from '../shared/units.ts';
import { fromIso, isBefore, toIso } from '../shared/units.ts';

export interface Answer {
  readonly answer: AnswerKind;
  /** Who answers, as whoever let them in has verified it. */
  readonly approver: string;
  readonly questionId: string;
  /** The plan that the answer is about: the proposed one or, with `approve`, an alternative's. */
  readonly planHash: string;
  readonly reason: string | null;
}

export type Held =
  | { readonly status: 'done'; readonly request: ApprovalRequest; readonly approval: Approval }
  /** A yes that needs another person's. */
  | { readonly status: 'waiting'; readonly request: ApprovalRequest; readonly consent: Consent };

/**
 * Holds an answer to the question that is open: one that is late, given twice, about another plan or to another question
 * is refused and says so.
 *
 * @param request - null when nothing is being asked: never was, or somebody answered already
 */
export const answerTo = (request: ApprovalRequest | null, answer: Answer, now: EpochMs): Result<Held, string> => {
  if (request === null) return err('nothing is waiting for an answer: it was answered already, or it is over');
  if (!isBefore(now, fromIso(request.expiresAt))) return err(`the question expired at ${request.expiresAt}`);
  if (answer.questionId !== request.question.questionId) {
    return err('the answer is to another question than the one that is asked now: look at it again');
  }
  if (answer.approver.trim() === '') return err('the answer does not say who gives it');
  const offer = offerFor(request, answer);
  if (offer === undefined) {
    return err('the answer is about another plan than the one that is proposed now: look at it again');
  }
  const approval = approvalOf(answer, offer, now);
  return answer.answer === 'approve'
    ? yesTo(request, offer, approval)
    : ok({ status: 'done', request, approval: { ...approval, approvers: [] } });
};

/** A yes can be about an alternative; a no is about the question as a whole, so any plan of it will do. */
const offerFor = ({ proposal, alternatives }: ApprovalRequest, { planHash }: Answer): Offer | undefined =>
  [proposal, ...alternatives].find((offer) => offer.planHash === planHash);

const approvalOf = (answer: Answer, { actionId }: Offer, now: EpochMs): Approval & { readonly approver: string } => ({
  answer: answer.answer,
  approver: answer.approver,
  planHash: answer.planHash,
  answeredAt: toIso(now),
  reason: answer.reason,
  questionId: answer.questionId,
  actionId,
});

const yesTo = (
  request: ApprovalRequest,
  { planHash }: Offer,
  approval: Approval & { readonly approver: string },
): Result<Held, string> => {
  const { approver } = approval;
  const { consents, question } = request;
  if (consents.some((consent) => samePerson(consent.approver, approver))) {
    return err(`${approver} has approved already: a second person has to`);
  }
  const other = consents.find((consent) => consent.planHash !== planHash);
  if (other !== undefined) {
    return err(`${other.approver} has approved another of the offered plans: approve the same one, or decline`);
  }
  const approvers = [...consents.map((consent) => consent.approver), approver];
  return approvers.length < question.approvals
    ? ok({ status: 'waiting', request, consent: { approver, planHash, at: approval.answeredAt } })
    : ok({ status: 'done', request, approval: { ...approval, approvers } });
};

/** Names of people are the same however they are written: `Ada@example.com` is not a second pair of eyes. */
export const samePerson = (a: string, b: string): boolean => plain(a) === plain(b);
// Capitals, because more letters have the same one: of a sharp s two s, of both forms of sigma one.
const plain = (name: string): string => name.normalize('NFKC').trim().toUpperCase();
