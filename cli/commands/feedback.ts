import type { Command } from 'commander';
import { Option } from 'commander';
import type { FeedbackBody } from '../../core/contracts/api/incidents.ts';
import { FeedbackBodySchema } from '../../core/contracts/api/incidents.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { findIncident } from '../system/find-incident.ts';

interface Options {
  readonly resolved: 'yes' | 'no';
  readonly rating: 'helpful' | 'too-slow' | 'wrong';
  readonly comment?: string;
  readonly json?: boolean;
}

const HELP = `
Each person rates an incident once, when it is over. The first rating of an incident is evidence for the learner, at a
quarter of the weight of a measured outcome: a cure is confirmed by 'yes', and doubted by 'no' or 'wrong'. All ratings
show in the statistics of the agents. Outside the local cloud it needs KINTSUGI_TOKEN, a token of the user pool.

Examples:
  kintsugi feedback latest --resolved yes --rating helpful
  kintsugi feedback 74ec25 --resolved no --rating wrong --comment "it was the database"`;

const LONGEST_COMMENT = 1_000;

export const addFeedback = (program: Command, context: Context): void => {
  program
    .command('feedback')
    .summary('rate how an incident was handled')
    .description('Says whether a fault was really gone, and how well it was handled.')
    .argument('<incident>', "id, unique part of one, or 'latest'")
    .addOption(
      new Option('--resolved <answer>', 'was the fault really gone?').choices(['yes', 'no']).makeOptionMandatory(),
    )
    .addOption(
      new Option('--rating <rating>', 'how was it handled?')
        .choices(['helpful', 'too-slow', 'wrong'])
        .makeOptionMandatory(),
    )
    .option('--comment <text>', `in your words, at most ${LONGEST_COMMENT} characters`)
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action((wanted: string, options: Options, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const rating = ratingOf(options);
        const { incidentId, closedAt } = await findIncident(kintsugi, wanted);
        if (closedAt === null) throw new CliError(`${incidentId} is not over: it can be rated when it is.`);
        const kept = await kintsugi.rate(incidentId, rating, context.io.env['KINTSUGI_TOKEN']);
        if (options.json === true) return context.printJson(kept);
        context.print([
          `${context.colours.green('Kept')}: ${incidentId} was ${options.rating}, ${kept.resolved ? 'resolved' : 'not resolved'}, says ${kept.person}.`,
        ]);
      }),
    );
};

const ratingOf = ({ resolved, rating, comment }: Options): FeedbackBody => {
  if (comment !== undefined && comment.length > LONGEST_COMMENT) {
    throw new CliError(`--comment must be at most ${LONGEST_COMMENT} characters; got ${comment.length}.`);
  }
  return FeedbackBodySchema.parse({
    resolved: resolved === 'yes',
    rating: rating.replace('-', '_'),
    comment: comment === undefined || comment.trim() === '' ? null : comment.trim(),
  });
};
