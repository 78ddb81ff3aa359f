import { answerOfLink, approverOf, whyNotTheirs } from '../../core/approval/choices.ts';
import type { LinkFault } from '../../core/approval/link.ts';
import { readLink } from '../../core/approval/link.ts';
import { receiptOf } from '../../core/approval/receipt.ts';
import { questionLines } from '../../core/approval/words.ts';
import type { LinkForm } from '../../core/contracts/api/links.ts';
import type { ApprovalRequest, Offer } from '../../core/contracts/incident.ts';
import type { LinkClaims } from '../../core/contracts/link.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { headline } from '../../core/notification/message.ts';
import type { Clock, Mac } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { fromIso, isBefore, toIso } from '../../core/shared/units.ts';
import type { AnswerDeps } from '../shared/give-answer.ts';
import { giveAnswer } from '../shared/give-answer.ts';
import type { RatingDeps } from '../shared/rate-incident.ts';
import { rateIncident } from '../shared/rate-incident.ts';
import type { Page } from './page.ts';

export interface LinksDeps {
  readonly clock: Clock;
  readonly env: EnvironmentName;
  readonly mac: Mac;
  readonly approvals: AnswerDeps;
  /** False when the link was used before. */
  readonly takeLink: (nonce: string, now: EpochMs) => Promise<boolean>;
  /** Gives a link back that has done nothing, and can still be used. */
  readonly returnLink: (nonce: string) => Promise<void>;
  /** False when somebody looked after it before. */
  readonly lookAfter: (incidentId: string, by: string, now: EpochMs) => Promise<boolean>;
  readonly ratings: RatingDeps;
}

type Of<K extends LinkClaims['kind']> = Extract<LinkClaims, { readonly kind: K }>;

/** What a link does, and the button that does it. Reads only: whoever fetches a message's links acts on nothing. */
export const showLink = async (token: string, deps: LinksDeps): Promise<Page> => {
  const now = deps.clock.now();
  const read = await readLink(token, deps.env, now, deps.mac);
  if (!read.ok) return faultPage(read.error);
  const claims = read.value;
  switch (claims.kind) {
    case 'answer': {
      const request = openQuestion(claims, await deps.approvals.pending(claims.incidentId), now);
      return request === null ? nothing(OVER) : answerPage(claims, request, deps.env);
    }
    case 'acknowledge':
      return {
        status: 200,
        title: headline(deps.env, `Look after ${claims.incidentId}?`),
        lines: ['Whoever would be told next is not told then.'],
        form: { kind: 'acknowledge', button: 'I look after it', asksWho: claims.person !== null },
      };
    case 'feedback':
      return {
        status: 200,
        title: headline(deps.env, `How was ${claims.incidentId} handled?`),
        lines: [],
        form: { kind: 'feedback', button: 'Send', asksWho: claims.person !== null },
      };
  }
};

/** Does what a link says, once. Whatever is wrong with it, nothing is done and the page says why. */
export const useLink = async (token: string, form: LinkForm, deps: LinksDeps): Promise<Page> => {
  const now = deps.clock.now();
  const read = await readLink(token, deps.env, now, deps.mac);
  if (!read.ok) return faultPage(read.error);
  const claims = read.value;
  const forwarded = whyNotTheirs(claims, form.who ?? null);
  if (forwarded !== null) return nothing(forwarded);
  if (claims.kind === 'feedback' && (form.resolved === undefined || form.rating === undefined)) {
    return { status: 400, title: 'Nothing was done', lines: ['Say whether it was resolved, and how it was handled.'] };
  }
  if (!(await deps.takeLink(claims.nonce, now))) return nothing('this link was used before, and counts once');
  try {
    return await doWhatItSays(claims, form, now, deps);
  } catch (error) {
    // Nothing was done, or nobody knows: what the link stands for can be done once only anyway.
    await deps.returnLink(claims.nonce);
    throw error;
  }
};

const doWhatItSays = (claims: LinkClaims, form: LinkForm, now: EpochMs, deps: LinksDeps): Promise<Page> => {
  switch (claims.kind) {
    case 'answer':
      return answer(claims, form, now, deps);
    case 'acknowledge':
      return acknowledge(claims, now, deps);
    case 'feedback':
      return rate(claims, form, now, deps);
  }
};

const answer = async (claims: Of<'answer'>, form: LinkForm, now: EpochMs, deps: LinksDeps): Promise<Page> => {
  const given = answerOfLink(claims, { who: form.who ?? null, reason: form.reason ?? null });
  if (!given.ok) return nothing(given.error);
  const held = await giveAnswer(claims.incidentId, given.value, now, deps.approvals);
  if (!held.ok) {
    const isOpen = openQuestion(claims, await deps.approvals.pending(claims.incidentId), now) !== null;
    if (isOpen) await deps.returnLink(claims.nonce);
    return nothing(held.error);
  }
  const { status, actionId, approver, steps } = receiptOf(held.value, given.value);
  if (status === 'waiting') {
    return { status: 200, title: 'One more person has to approve', lines: [`${approver} has approved ${actionId}.`] };
  }
  return { status: 200, ...DONE[claims.answer](actionId), steps };
};

const DONE: Readonly<Record<Of<'answer'>['answer'], (actionId: string) => Pick<Page, 'title' | 'lines'>>> = {
  approve: (actionId) => ({
    title: `Approved: ${actionId}`,
    lines: ['Kintsugi looks at everything once more. If it is as it was shown, it acts; else it says why it does not.'],
  }),
  decline: () => ({ title: 'Declined', lines: ['Nothing is changed, and the incident is handed to a person.'] }),
  takeover: () => ({
    title: 'It is yours',
    lines: ['Kintsugi changes nothing any more, watches, and closes the incident when it has recovered.'],
  }),
};

const acknowledge = async (claims: Of<'acknowledge'>, now: EpochMs, deps: LinksDeps): Promise<Page> =>
  (await deps.lookAfter(claims.incidentId, approverOf(claims), now))
    ? { status: 200, title: 'Thank you', lines: ['Nobody else is called for this incident.'] }
    : nothing('somebody looks after it already');

const rate = async (claims: Of<'feedback'>, form: LinkForm, now: EpochMs, deps: LinksDeps): Promise<Page> => {
  const { incidentId } = claims;
  const { resolved, rating, comment = null } = form;
  if (resolved === undefined || rating === undefined) throw new Error('a rating was taken without its parts');
  const person = approverOf(claims);
  const feedback = { incidentId, person, at: toIso(now), resolved: resolved === 'yes', rating, comment };
  return (await rateIncident(person, feedback, deps.ratings))
    ? { status: 200, title: 'Thank you', lines: ['It is shown with the incident, and in the agents’ statistics.'] }
    : nothing(`${person} has rated ${incidentId} before`);
};

const OVER = 'the question was answered already, or it is over';

const nothing = (why: string): Page => ({ status: 409, title: 'Nothing was done', lines: [`${capital(why)}.`] });
const capital = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;

const faultPage = (fault: LinkFault): Page =>
  fault.fault === 'expired'
    ? nothing(`this link expired at ${fault.at}`)
    : { status: 404, title: 'There is no such link', lines: ['Copy the whole link out of the message.'] };

const openQuestion = (
  { questionId, planHash }: Of<'answer'>,
  request: ApprovalRequest | null,
  now: EpochMs,
): ApprovalRequest | null => {
  if (request === null || request.question.questionId !== questionId) return null;
  if (!isBefore(now, fromIso(request.expiresAt))) return null;
  return offerIn(request, planHash) === undefined ? null : request;
};

const offerIn = ({ proposal, alternatives }: ApprovalRequest, planHash: string): Offer | undefined =>
  [proposal, ...alternatives].find((offer) => offer.planHash === planHash);

const VERB = { approve: 'Approve', decline: 'Decline', takeover: 'Take over by hand' } as const;

const answerPage = (claims: Of<'answer'>, request: ApprovalRequest, env: EnvironmentName): Page => {
  const offer = offerIn(request, claims.planHash) ?? request.proposal;
  const verb = VERB[claims.answer];
  return {
    status: 200,
    title: headline(
      env,
      claims.answer === 'approve' ? `${verb}: ${offer.summary} on ${request.workloadId}?` : `${verb}?`,
    ),
    lines: questionLines(request),
    form: { kind: 'answer', button: verb, asksWho: claims.person !== null },
  };
};
