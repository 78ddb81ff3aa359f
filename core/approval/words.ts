import type { ApprovalRequest, Offer } from '../contracts/incident.ts';
import type { Notice } from '../explanation/notice.ts';

/** A way to answer by one click, for whoever the message is sent to. */
export interface AnswerLink {
  /** `Approve`, `Approve redeploy instead`, ... */
  readonly label: string;
  readonly url: string;
}

/** The question as a message: what was detected, what would be done and why, what else could be, until when. */
export const questionNotice = (request: ApprovalRequest, links: readonly AnswerLink[]): Notice => ({
  subject: `Approval wanted: ${request.summary}`,
  body: [...questionLines(request), ...howToAnswer(request, links)].join('\n'),
});

/** The same once more, before silence falls as a no. */
export const lastWordNotice = (request: ApprovalRequest, links: readonly AnswerLink[]): Notice => ({
  subject: `No answer yet: ${request.summary}`,
  body: [
    `Nobody has answered. Without an answer until ${request.expiresAt} nothing is done, and it is handed to a person.`,
    ...questionLines(request),
    ...howToAnswer(request, links),
  ].join('\n'),
});

/** Everything about the question but how to answer it, one fact per line. */
export const questionLines = (request: ApprovalRequest): readonly string[] => {
  const { proposal, alternatives, question, consents } = request;
  return [
    `Detected: ${request.detected.join('; ')}.`,
    `Proposed: ${request.summary}, because ${request.reason}.`,
    `Expected: ${expectation(proposal)}.`,
    ...alternatives.map((offer) => `Or ${offer.actionId}: ${offer.summary}. Expected: ${expectation(offer)}.`),
    `Asked because ${request.askedBecause.join('; ')}.`,
    ...(question.approvals > 1 ? [`It takes ${question.approvals} different people to approve it.`] : []),
    ...consents.map(({ approver, at }) => `${approver} approved it at ${at}.`),
    `Silence is a no, at ${request.expiresAt}.`,
  ];
};

/** `recovers with 80 % (60 to 95 %), 4 min of impact expected, 3 outcomes known; low risk, can be undone`. */
export const expectation = ({
  expectedMinutes,
  recoverProbability,
  evidenceCount,
  risk,
  reversible,
}: Offer): string => {
  const chance = recoverProbability;
  const facts = [
    chance === null
      ? 'nobody knows how likely it is to help'
      : `recovers with ${percent(chance.mean)} (${percent(chance.low)} to ${percent(chance.high)})`,
    ...(expectedMinutes === null ? [] : [`${Number(expectedMinutes.toFixed(1))} min of impact expected`]),
    evidenceCount === 0 ? 'from the catalogue alone' : `from ${Number(evidenceCount.toFixed(1))} earlier outcomes`,
  ];
  return `${facts.join(', ')}; ${risk} risk, ${reversible ? 'can be undone' : 'cannot be undone'}`;
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const howToAnswer = (
  { incidentId, alternatives }: ApprovalRequest,
  links: readonly AnswerLink[],
): readonly string[] => [
  ...links.map(({ label, url }) => `${label}: ${url}`),
  `kintsugi approve ${incidentId}`,
  ...alternatives.map(({ actionId }) => `kintsugi approve ${incidentId} --alternative ${actionId}`),
  `kintsugi decline ${incidentId} --reason "..."`,
  `kintsugi takeover ${incidentId}   (you do it by hand, Kintsugi watches)`,
];
