import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import { openDashboard } from '../../local/dashboard/dashboard.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import type { Connection } from '../system/connect.ts';
import { stackOutputsOf } from '../system/connect.ts';
import type { LocalState } from '../system/local-state.ts';

interface Options {
  readonly open?: boolean;
  readonly json?: boolean;
}

const HELP = `
Of a deployed environment it is on CloudFront; of a local cloud npm start serves it after its introduction. While it does
not yet, this command serves it itself, until Ctrl-C.

Examples:
  kintsugi dashboard
  kintsugi dashboard --env prod --open`;

export const addDashboard = (program: Command, context: Context): void => {
  program
    .command('dashboard')
    .summary('print the address of the dashboard, or serve it')
    .description(
      "Prints the address of an environment's dashboard; serves that of a local cloud when nobody else does.",
    )
    .option('--open', 'open it in the browser')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action((options: Options, command: Command) =>
      context.withKintsugi(command, async ({ connection }) => {
        const known = await addressOf(connection);
        if (known !== null) return tell(known, options, context);
        if (connection.local === null) {
          const { env } = connection;
          throw new CliError(
            `${env} has no dashboard: its stack Web is not deployed. Deploy it with: npx cdk deploy 'Kintsugi-${env}/Web' 'Kintsugi-${env}/WebContent'`,
          );
        }
        await serve(connection.local, options, context);
      }),
    );
};

const addressOf = async (connection: Connection): Promise<string | null> => {
  const { local, env } = connection;
  if (local !== null) return local.dashboard ?? null;
  return (await stackOutputsOf(connection, `Kintsugi-${env}-Web`))['DashboardUrl'] ?? null;
};

const serve = async ({ endpoint, region, outputs }: LocalState, options: Options, context: Context): Promise<void> => {
  const { io } = context;
  const served = await openDashboard(
    {
      dir: io.dirs.at(-1) ?? process.cwd(),
      cloud: { endpoint, outputs, ecs: { region } },
      onProgress: (line) => void io.stderr.write(`${line}\n`),
      signal: new AbortController().signal,
    },
    Promise.resolve(),
  );
  try {
    tell(served.url, options, context);
    await io.untilInterrupted(null);
  } finally {
    await served.close();
  }
};

const OPENERS: Readonly<Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start'],
};

const tell = (url: string, { open, json }: Options, { print, printJson }: Context): void => {
  if (json === true) printJson({ url });
  else print([url]);
  if (open !== true) return;
  const [command, ...args] = OPENERS[process.platform] ?? ['xdg-open'];
  // Whether there is a browser is its user's to know: the address was printed.
  spawn(command, [...args, url], { stdio: 'ignore', detached: true })
    .once('error', () => undefined)
    .unref();
};
