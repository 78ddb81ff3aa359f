import { type Command, Option } from 'commander';
import { InvalidInputError } from '../../core/shared/errors.ts';
import type { Context } from '../context.ts';
import type { DetectOptions } from '../detect.ts';
import { runDetect } from '../detect.ts';
import type { LearnerProcessOptions } from '../learner.ts';
import { runLearner } from '../learner.ts';
import { CliError } from '../system/cli-error.ts';
import { addEvidence } from './evidence.ts';

/** Commands that need no environment: they answer standard input, line by line. */
export const addStreams = (program: Command, context: Context): void => {
  addDetect(program, context);
  addLearner(program, context);
};

const addDetect = (program: Command, context: Context): void => {
  program
    .command('detect')
    .summary('score a stream of measurements for anomalies')
    .description('Answers each line of standard input (YYYY-MM-DD HH:MM:SS,value in UTC) with a score from 0 to 1.')
    .option('--stdin', 'score the lines of standard input')
    .option('--threshold', 'print the shipped threshold')
    .option('--state <file>', 'go on from this file if it exists, and save to it')
    .option('--explain', 'follow each score with a tab and the reason as JSON')
    .addHelpText('after', '\nExample:\n  kintsugi detect --stdin --explain < measurements.csv')
    .action(async (options: DetectOptions) => {
      const { stdin, stdout, stderr } = context.io;
      context.finish(await runDetect(options, { input: stdin, output: stdout, errors: stderr }));
    });
};

interface LearnerOptions {
  readonly stdio?: boolean;
  readonly prior: LearnerProcessOptions['prior'];
  readonly pretrained?: string;
  readonly save?: string;
}

const LEARNER_HELP = `
Lines: {"t":"reset","actions":[],"symptoms":[]}, {"t":"decide","id","attempt","tried":[],"allowed":[],"symptoms":[],
"context":{}}, which is answered by {"action"}, and {"t":"learn","id","steps":[]}.

Example:
  my-simulator | kintsugi learner --stdio --prior flat`;

const addLearner = (program: Command, context: Context): void => {
  const learner = program
    .command('learner')
    .summary('what was learned; and the learner as a process')
    .description(
      'What the environment has learned. With --stdio, which needs no environment, it decides and learns for any simulator by the same code as the deployed system.',
    )
    .option('--stdio', 'speak on standard input and output')
    .addOption(
      new Option('--prior <prior>', "what is known at the start: the expert's catalogue, or no cure at all")
        .choices(['catalogue', 'flat'])
        .default('catalogue'),
    )
    .option('--pretrained <file>', 'start with this evidence')
    .option('--save <file>', 'write the evidence when the input ends')
    .addHelpText('after', LEARNER_HELP)
    .action(async ({ stdio, ...options }: LearnerOptions) => {
      const either = learner.commands.map((one) => one.name());
      if (stdio !== true) throw new CliError(`learner: say ${either.join(', ')}, or pass --stdio to speak JSON lines.`);
      try {
        await runLearner(context.io.stdin, context.io.stdout, options);
      } catch (error) {
        throw error instanceof InvalidInputError ? new CliError(`learner: ${error.message}`, { cause: error }) : error;
      }
    });
  addEvidence(learner, context);
};
