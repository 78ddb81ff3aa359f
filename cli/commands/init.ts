import { readFile, writeFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Command } from 'commander';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import { commandLine, shellWord } from '../../core/shared/command-line.ts';
import type { Context } from '../context.ts';
import type { Wishes } from '../init/add-healing.ts';
import { addHealing, hasHealing, runnable } from '../init/add-healing.ts';
import { diffLines } from '../init/diff.ts';
import type { CdkApp, SourceFile } from '../init/find-app.ts';
import { findCdkApp } from '../init/find-app.ts';
import { CliError } from '../system/cli-error.ts';

interface Options {
  readonly owner: string;
  readonly stack?: string;
  readonly yes?: boolean;
  readonly json?: boolean;
}

const NO_OWNER = 'my-team';

const HELP = `
It finds the file that cdk.json runs and adds SelfHealing to a stack that is made in it, with a watch for each of the
stack's Fargate services: a working sample, to be said more precisely. It shows the difference first, takes nothing away,
and does nothing where SelfHealing is there already. An app that is run by ts-node is run by tsx afterwards.

Examples:
  kintsugi init
  kintsugi init ../shop --env prod --owner team-shop --yes
  kintsugi init --stack OnlineStore`;

export const addInit = (program: Command, context: Context): void => {
  program
    .command('init')
    .summary('add Kintsugi to a CDK app of yours')
    .description('Makes a stack of your own CDK app self-healing. Without --yes it only shows what it would write.')
    .argument('[dir]', 'folder of the CDK app', '.')
    .option('--owner <team>', 'owner of the workloads', NO_OWNER)
    .option('--stack <id>', 'which stack, where there are several')
    .option('--yes', 'write it')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (dir: string, options: Options, command: Command) => {
      const app = await findCdkApp(dir);
      const { env } = context.targetOf(command);
      const changes = changesFor(app, {
        environment: env,
        owner: ownerOf(options.owner),
        stack: options.stack ?? null,
        from: constructFrom(app.entry.path, context.io.dirs.at(-1) ?? '.'),
      });
      if (options.yes === true) for (const change of changes) await write(change);
      report(changes, options, commandToWrite(dir, options, env), context);
    });
};

interface Change extends SourceFile {
  readonly after: string;
}

const changesFor = ({ entry, manifest, command }: CdkApp, wishes: Wishes): Change[] => {
  if (hasHealing(entry.text)) return [];
  const run = runnable(command);
  return [
    { ...entry, after: addHealing(entry.text, entry.path, wishes) },
    ...(run === null ? [] : [{ ...manifest, after: manifest.text.replace(command, run) }]),
  ];
};

const ownerOf = (owner: string): string => {
  if (/^[\w .@-]{1,64}$/.test(owner)) return owner;
  throw new CliError(`--owner must be 1 to 64 letters, digits, spaces and . _ @ -; got '${owner}'.`);
};

/** The construct's source in this project, as the app's file names it: Node.js runs it as it is. */
const constructFrom = (entry: string, home: string): string => {
  const path = relative(dirname(entry), join(home, 'lib', 'constructs', 'self-healing.ts'))
    .split(sep)
    .join('/');
  return path.startsWith('.') ? path : `./${path}`;
};

/** Writes only over the very text that the difference was shown for. */
const write = async ({ path, text, after }: Change): Promise<void> => {
  if ((await readFile(path, 'utf8')) !== text)
    throw new CliError(`${path} has changed meanwhile: nothing was written to it.`);
  await writeFile(path, after);
};

/** The same again, and write it: with everything that the difference was shown for. */
const commandToWrite = (dir: string, { owner, stack }: Options, env: EnvironmentName): string => {
  const words = [
    `init ${shellWord(dir)}`,
    ...(owner === NO_OWNER ? [] : [`--owner ${shellWord(owner)}`]),
    ...(stack === undefined ? [] : [`--stack ${shellWord(stack)}`]),
    '--yes',
  ];
  return commandLine(words.join(' '), env === 'dev' ? {} : { env });
};

const report = (
  changes: readonly Change[],
  { yes = false, json }: Options,
  toWrite: string,
  { print, printJson, colours }: Context,
): void => {
  if (json === true) {
    const shown = changes.map(({ path, text, after }) => ({ path, diff: diffLines(text, after) }));
    return printJson({ written: yes && changes.length > 0, changes: shown });
  }
  if (changes.length === 0) return print(['SelfHealing is there already: nothing is to be done.']);
  const colour = (line: string): string =>
    line.startsWith('+') ? colours.green(line) : line.startsWith('-') ? colours.red(line) : line;
  const next = yes
    ? [`${colours.green('Written.')} Look at what it adds: npx cdk diff`]
    : [`Nothing was written. To write it: ${toWrite}`];
  print([...changes.flatMap(({ path, text, after }) => [path, ...diffLines(text, after).map(colour), '']), ...next]);
};
