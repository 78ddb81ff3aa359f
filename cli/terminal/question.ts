import { answerCommands, questionLines } from '../../core/approval/words.ts';
import type { ApprovalRequest } from '../../core/contracts/incident.ts';
import type { Aim } from '../../core/shared/command-line.ts';
import type { Look } from './incident.ts';
import { hang } from './text.ts';
import { span } from './words.ts';

/** `8 min 20 s left`, or that it is over. */
export const timeLeft = ({ expiresAt }: Pick<ApprovalRequest, 'expiresAt'>, now: number): string => {
  const left = Date.parse(expiresAt) - now;
  return left > 0 ? `${span(left)} left` : 'expired';
};

/** The question that an incident waits with, for reading and answering. */
export const questionReport = (request: ApprovalRequest, aim: Aim, { colours, width, now }: Look): string[] => {
  const wide = Math.min(width, 110);
  return [
    colours.yellow(colours.bold(`A person is asked: ${request.summary}`)) + colours.dim(`  ${timeLeft(request, now)}`),
    ...questionLines(request).flatMap((line) => hang('  ', line, wide)),
    '',
    ...answerCommands(request, aim).map((command) => `  ${command}`),
  ];
};
