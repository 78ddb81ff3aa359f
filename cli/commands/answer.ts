import type { Command } from 'commander';
import { answerTo } from '../../core/incident/answer.ts';
import { epochMs } from '../../core/shared/units.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { findIncident } from '../system/find-incident.ts';
import type { Kintsugi } from '../system/kintsugi.ts';

interface Options {
  readonly reason?: string;
  readonly json?: boolean;
}

const LONGEST_REASON = 500;

export const addAnswers = (program: Command, context: Context): void => {
  addAnswer(program, context, 'approve', 'let a proposed action be done');
  addAnswer(program, context, 'decline', 'refuse a proposed action; a person takes over');
};

const addAnswer = (program: Command, context: Context, answer: 'approve' | 'decline', summary: string): void => {
  program
    .command(answer)
    .summary(summary)
    .description(`Answers the question that an incident waits with: ${summary}.`)
    .argument('<incident>', "id, unique part of one, or 'latest' (the newest that waits)")
    .option('--reason <text>', 'why; becomes part of the record')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `\nExamples:\n  kintsugi ${answer} latest\n  kintsugi ${answer} 74ec25 --reason "seen it before"`,
    )
    .action((wanted: string, options: Options, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const incident = await findIncident(kintsugi, wanted, 'awaiting_approval');
        const given = await give(kintsugi, incident.incidentId, answer, options, context);
        if (options.json === true) return context.printJson({ incidentId: incident.incidentId, ...given });
        const word = answer === 'approve' ? context.colours.green('Approved') : context.colours.yellow('Declined');
        context.print([`${word}: ${given.summary}`, `  Follow it with: kintsugi explain ${incident.incidentId}`]);
      }),
    );
};

const give = async (
  kintsugi: Kintsugi,
  incidentId: string,
  answer: 'approve' | 'decline',
  { reason }: Options,
  { io }: Context,
): Promise<{
  readonly answer: string;
  readonly approver: string;
  readonly summary: string;
  readonly planHash: string;
}> => {
  if (reason !== undefined && reason.length > LONGEST_REASON) {
    throw new CliError(`--reason must be at most ${LONGEST_REASON} characters; got ${reason.length}.`);
  }
  const request = await kintsugi.pendingApproval(incidentId);
  const planHash = request?.planHash ?? '';
  const held = answerTo(request, { answer, approver: io.user, planHash, reason: reason ?? null }, epochMs(io.now()));
  if (!held.ok) throw new CliError(`${incidentId}: ${held.error}.`);
  if (!(await kintsugi.answer(held.value.request, held.value.approval))) {
    throw new CliError(`${incidentId}: somebody else answered at the same moment.`);
  }
  return { answer, approver: io.user, summary: held.value.request.summary, planHash };
};
