import type { Command } from 'commander';
import type { Held } from '../../core/approval/answer.ts';
import type { ApprovalRequest, Offer } from '../../core/contracts/incident.ts';
import type { AnswerKind } from '../../core/contracts/verdict.ts';
import { giveAnswer } from '../../lambdas/shared/give-answer.ts';
import { epochMs } from '../../core/shared/units.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { commandFor } from '../system/connect.ts';
import { findIncident } from '../system/find-incident.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import { notAllowed } from '../terminal/words.ts';

interface Options {
  readonly reason?: string;
  readonly alternative?: string;
  readonly json?: boolean;
}

const LONGEST_REASON = 500;

export const addAnswers = (program: Command, context: Context): void => {
  addAnswer(program, context, 'approve', 'let a proposed action be done').option(
    '--alternative <action>',
    'approve this one of the offered alternatives instead',
  );
  addAnswer(program, context, 'decline', 'refuse a proposed action; a person takes over');
  addAnswer(program, context, 'takeover', 'do it by hand; Kintsugi shows the steps, watches and closes the incident');
};

const addAnswer = (program: Command, context: Context, answer: AnswerKind, summary: string): Command =>
  program
    .command(answer)
    .summary(summary)
    .description(`Answers the question that an incident waits with: ${summary}.`)
    .argument('<incident>', "id, unique part of one, or 'latest' (the newest that waits)")
    .option('--reason <text>', 'why; becomes part of the record')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nExamples:\n  kintsugi ${answer} latest\n  kintsugi ${answer} 74ec25 --reason "seen it before"${answer === 'approve' ? '\n  kintsugi approve latest --alternative redeploy' : ''}`,
    )
    .action((wanted: string, options: Options, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const { incidentId } = await findIncident(kintsugi, wanted, 'awaiting_approval');
        const { held, offer } = await give(kintsugi, incidentId, answer, options, context);
        if (options.json === true) {
          const { status } = held;
          return context.printJson({ incidentId, answer, approver: context.io.user, status, ...shown(offer) });
        }
        const follow = commandFor(kintsugi.connection, `explain ${incidentId}`);
        context.print(lines(held, offer, { answer, follow: `  Follow it with: ${follow}` }, context));
      }),
    );

const shown = ({ actionId, summary, planHash, steps }: Offer) => ({ actionId, summary, planHash, steps });

const give = async (
  kintsugi: Kintsugi,
  incidentId: string,
  answer: AnswerKind,
  { reason, alternative }: Options,
  { io }: Context,
): Promise<{ readonly held: Held; readonly offer: Offer }> => {
  if (reason !== undefined && reason.length > LONGEST_REASON) {
    throw new CliError(`--reason must be at most ${LONGEST_REASON} characters; got ${reason.length}.`);
  }
  const request = await kintsugi.approvals.pending(incidentId);
  if (request === null) throw new CliError(`${incidentId}: nothing is waiting for an answer.`);
  const offer = offerOf(request, alternative);
  const { questionId } = request.question;
  const given = { answer, approver: io.user, questionId, planHash: offer.planHash, reason: reason ?? null };
  // What was read is what is answered: if it is asked anew in between, the answer counts for nothing.
  const held = await giveAnswer(incidentId, given, epochMs(io.now()), kintsugi.approvals);
  if (!held.ok) throw new CliError(`${incidentId}: ${held.error}.`);
  return { held: held.value, offer };
};

const offerOf = ({ proposal, alternatives }: ApprovalRequest, wanted: string | undefined): Offer => {
  if (wanted === undefined) return proposal;
  const offer = alternatives.find(({ actionId }) => actionId === wanted);
  if (offer !== undefined) return offer;
  const names = alternatives.map(({ actionId }) => actionId);
  if (names.length === 0) throw new CliError(`--alternative: ${proposal.actionId} has no alternative.`);
  throw new CliError(notAllowed('--alternative', wanted, names));
};

const lines = (
  { status, request }: Held,
  { summary, steps }: Offer,
  { answer, follow }: { readonly answer: AnswerKind; readonly follow: string },
  { colours }: Context,
): string[] => {
  const { workloadId, question } = request;
  const what = `${summary} on ${workloadId}`;
  if (status === 'waiting') {
    const until = `  It takes ${question.approvals} different people; the next one has until ${request.expiresAt}.`;
    return [`${colours.yellow('Approved, not yet done')}: ${what}`, until];
  }
  switch (answer) {
    case 'approve':
      return [`${colours.green('Approved')}: ${what}`, '  It is looked at once more, then done.', follow];
    case 'decline':
      return [`${colours.yellow('Declined')}: ${what}`, follow];
    case 'takeover':
      return [
        `${colours.yellow('Yours')}: ${what}`,
        ...steps.map((step) => `  ${step}`),
        '  Or whatever you think is right. Kintsugi acts no more and watches for an hour.',
        follow,
      ];
  }
};
