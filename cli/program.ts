import { Command, CommanderError } from 'commander';
import { InvalidInputError } from '../core/shared/errors.ts';
import manifest from '../package.json' with { type: 'json' };
import { addAnswers } from './commands/answer.ts';
import { addBreak } from './commands/break.ts';
import { addChat } from './commands/chat.ts';
import { addCompletion } from './commands/completion.ts';
import { addDashboard } from './commands/dashboard.ts';
import { addDoctor } from './commands/doctor.ts';
import { addDlq } from './commands/dlq.ts';
import { addExplain } from './commands/explain.ts';
import { addFeedback } from './commands/feedback.ts';
import { addHelp, explainErrors, refuseExcess } from './commands/help.ts';
import { addIncidents } from './commands/incidents.ts';
import { addInit } from './commands/init.ts';
import { addMcp } from './commands/mcp.ts';
import { addMode } from './commands/mode.ts';
import { addModel } from './commands/model.ts';
import { addPolicy } from './commands/policy.ts';
import { addProof } from './commands/proof.ts';
import { addReplay } from './commands/replay.ts';
import { addStop } from './commands/stop.ts';
import { addStatus } from './commands/status.ts';
import { addStreams } from './commands/streams.ts';
import { addToken } from './commands/token.ts';
import { addTrain } from './commands/train.ts';
import { addWatch } from './commands/watch.ts';
import { addWhatIf } from './commands/what-if.ts';
import type { ExitCode, Io, Open } from './context.ts';
import { contextOf, openIn } from './context.ts';
import { CliError } from './system/cli-error.ts';
import { coloursFor } from './terminal/colours.ts';

const HELP = `
Environments:
  dev is the local cloud while one runs (npm start), else what is deployed in your AWS account; stage and prod are
  always in AWS. Account, region and credentials are --profile and --region, else from where the AWS CLI takes them
  (AWS_PROFILE, AWS_REGION, ...).

Examples:
  kintsugi status
  kintsugi break bad-deployment && kintsugi explain latest
  kintsugi mode manual --env prod
  kintsugi proof verify --all`;

const EXIT_CODES = `
Exit codes: 0 done, 1 an error, 2 a check found something wrong (proof verify, learner rebuild, policy check).`;

/**
 * Runs one command line.
 *
 * @param argv - the arguments alone, without Node and script
 * @returns the exit code
 */
export const runCli = async (argv: readonly string[], io: Io, open: Open = openIn(io)): Promise<ExitCode> => {
  let code: ExitCode = 0;
  const colours = coloursFor(io.stdout.isTTY === true, io.env);
  const context = contextOf(io, colours, open, (wanted) => (code = wanted));
  const program = new Command('kintsugi')
    .description('Self-healing for AWS workloads: what it sees, what it does, and why.')
    .version(manifest.version, '--version', 'print the version')
    .option('--env <environment>', 'dev, stage or prod', 'dev')
    .option('--aws', 'the deployed environment, also while a local cloud runs')
    .option('--profile <name>', "a profile of the AWS CLI's files (means --aws)")
    .option('--region <region>', 'an AWS region (means --aws)')
    .addHelpText('after', HELP)
    .addHelpText('afterAll', EXIT_CODES)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.stdout.write(text),
      writeErr: (text) => io.stderr.write(text),
      getOutHelpWidth: () => io.stdout.columns ?? 100,
      getErrHelpWidth: () => io.stdout.columns ?? 100,
    })
    .exitOverride()
    .hook('preAction', (_, command) => refuseExcess(command));
  addStatus(program, context);
  addIncidents(program, context);
  addExplain(program, context);
  addWatch(program, context);
  addChat(program, context);
  addAnswers(program, context);
  addMode(program, context);
  addMcp(program, context);
  addStop(program, context);
  addModel(program, context);
  addTrain(program, context);
  addPolicy(program, context);
  addWhatIf(program, context);
  addProof(program, context);
  addDlq(program, context);
  addBreak(program, context);
  addReplay(program, context);
  addStreams(program, context);
  addFeedback(program, context);
  addDashboard(program, context);
  addInit(program, context);
  addToken(program, context);
  addCompletion(program, context);
  addDoctor(program, context);
  addHelp(program);
  explainErrors(program);
  try {
    await program.parseAsync([...argv], { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 1;
    io.stderr.write(`${colours.red('kintsugi:')} ${messageOf(error, io.env)}\n`);
    return 1;
  }
};

/** Expected errors are their message; a stack trace is for those who ask for it. */
const messageOf = (error: unknown, env: NodeJS.ProcessEnv): string => {
  if (!(error instanceof Error)) return String(error);
  if (env['KINTSUGI_DEBUG'] !== undefined) return error.stack ?? error.message;
  const isExpected =
    error instanceof CliError ||
    error instanceof InvalidInputError ||
    ['DependencyUnavailableError', 'PermissionDeniedError'].includes(error.name);
  return isExpected ? error.message : `${error.name}: ${error.message} (KINTSUGI_DEBUG=1 shows where)`;
};
