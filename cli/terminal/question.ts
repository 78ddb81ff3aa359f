import { questionLines } from '../../core/approval/words.ts';
import type { ApprovalRequest } from '../../core/contracts/incident.ts';
import type { Look } from './incident.ts';
import { hang } from './text.ts';
import { span } from './words.ts';

/** `8 min 20 s left`, or that it is over. */
export const timeLeft = ({ expiresAt }: Pick<ApprovalRequest, 'expiresAt'>, now: number): string => {
  const left = Date.parse(expiresAt) - now;
  return left > 0 ? `${span(left)} left` : 'expired';
};

/** The question that an incident waits with, for reading and answering. */
export const questionReport = (request: ApprovalRequest, { colours, width, now }: Look): string[] => {
  const { incidentId, alternatives } = request;
  const wide = Math.min(width, 110);
  return [
    colours.yellow(colours.bold(`A person is asked: ${request.summary}`)) + colours.dim(`  ${timeLeft(request, now)}`),
    ...questionLines(request).flatMap((line) => hang('  ', line, wide)),
    '',
    `  kintsugi approve ${incidentId}`,
    ...alternatives.map(({ actionId }) => `  kintsugi approve ${incidentId} --alternative ${actionId}`),
    `  kintsugi decline ${incidentId} --reason "..."`,
    `  kintsugi takeover ${incidentId}`,
  ];
};
