import type { ApprovalRequest } from '../contracts/incident.ts';
import type { LinkClaims } from '../contracts/link.ts';
import type { Recipient } from '../contracts/notice.ts';
import type { Result } from '../shared/result.ts';
import { err, ok } from '../shared/result.ts';
import type { Answer } from './answer.ts';
import { samePerson } from './answer.ts';

type AnswerClaims = Extract<LinkClaims, { readonly kind: 'answer' }>;

/** One answer that a recipient is offered as a link. */
export interface Choice {
  /** `Approve: restart 1 sick task`. */
  readonly label: string;
  readonly answer: Answer['answer'];
  readonly planHash: string;
}

/**
 * The answers that a message to this recipient offers. What needs two people is not approved by a link that several people
 * can read: it would not say whether they were two.
 */
export const choicesOf = (
  { proposal, alternatives, question }: ApprovalRequest,
  { mayAnswer, person }: Pick<Recipient, 'mayAnswer' | 'person'>,
): readonly Choice[] => {
  if (!mayAnswer) return [];
  const { planHash } = proposal;
  const yes: readonly Choice[] =
    question.approvals > 1 && person === null
      ? []
      : [
          { label: `Approve: ${proposal.summary}`, answer: 'approve', planHash },
          ...alternatives.map((offer): Choice => ({
            label: `Approve instead: ${offer.summary}`,
            answer: 'approve',
            planHash: offer.planHash,
          })),
        ];
  return [
    ...yes,
    { label: 'Decline', answer: 'decline', planHash },
    { label: 'Take over by hand', answer: 'takeover', planHash },
  ];
};

/** In whose name a link answers: the person's whose it is, or that of the channel that it was sent to. */
export const approverOf = ({ person, recipient }: Pick<LinkClaims, 'person' | 'recipient'>): string =>
  person ?? `link:${recipient}`;

/**
 * The answer that a link stands for, once its holder has confirmed it.
 *
 * @param who - as the holder says; it must be the person that the link was sent to, where it was sent to one
 */
export const answerOfLink = (
  claims: AnswerClaims,
  { who, reason }: { readonly who: string | null; readonly reason: string | null },
): Result<Answer, string> => {
  const { answer, questionId, planHash } = claims;
  const forwarded = whyNotTheirs(claims, who);
  if (forwarded !== null) return err(forwarded);
  return ok({ answer, questionId, planHash, approver: approverOf(claims), reason });
};

/** Why a link does nothing in these hands; null when it was sent to them. */
export const whyNotTheirs = ({ person }: Pick<LinkClaims, 'person'>, who: string | null): string | null =>
  person === null || (who !== null && samePerson(person, who))
    ? null
    : 'the link was sent to somebody else, and one that was passed on does nothing';
