import type { ApprovalRequest, Offer } from '../contracts/incident.ts';
import type { Aim } from '../shared/command-line.ts';
import { commandLine } from '../shared/command-line.ts';

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

/** Every way to answer it by a command, of the Kintsugi that asks. */
export const answerCommands = ({ incidentId, alternatives }: ApprovalRequest, aim: Aim): readonly string[] => [
  commandLine(`approve ${incidentId}`, aim),
  ...alternatives.map(({ actionId }) => commandLine(`approve ${incidentId} --alternative ${actionId}`, aim)),
  commandLine(`decline ${incidentId} --reason "..."`, aim),
  `${commandLine(`takeover ${incidentId}`, aim)}   (you do it by hand, Kintsugi watches)`,
];

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
