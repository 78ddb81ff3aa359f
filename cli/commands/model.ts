import type { Command } from 'commander';
import type { Evaluation, ModelPointer, ModelSnapshot } from '../../core/contracts/model.ts';
import { LIVE } from '../../core/contracts/model.ts';
import { EnvironmentNameSchema } from '../../core/contracts/workload.ts';
import { diffTables } from '../../core/model/diff.ts';
import { rollBack, startCanary } from '../../core/model/pointer.ts';
import { toIso, epochMs } from '../../core/shared/units.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { commandFor, mustNotBeLocal } from '../system/connect.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import {
  announce,
  catalogueIn,
  changePointer,
  findVersion,
  handOnTo,
  judge,
  readVersion,
  tablesFor,
} from '../system/models.ts';
import { diffLines, evaluationLines, listLines, pointerLines, showLines, type Version } from '../terminal/model.ts';
import { notAllowed } from '../terminal/words.ts';

interface Options {
  readonly json?: boolean;
  readonly to?: string;
  readonly file?: string;
  readonly reason?: string;
}

const HELP = `
A version is what was learned up to a moment, frozen under the hash of its content. It is promoted from dev to
stage to prod only if it passes every test there, begins with a tenth of the incidents, and goes back by itself
when it does worse than it promised.

Versions may be named by any part that only one of them has, or as 'latest'; 'live' is the table that goes on learning.

Examples:
  kintsugi model list
  kintsugi model diff live latest
  kintsugi model promote latest
  kintsugi model promote latest --aws --to stage
  kintsugi model rollback --env prod`;

/** Versions that are listed. */
const MANY = 20;

export const addModel = (program: Command, context: Context): void => {
  const model = program
    .command('model')
    .summary('versions of what was learned: list, show, diff, promote, rollback')
    .description('Versions of the Q-table: where they come from, how they did in their tests, and which one decides.')
    .addHelpText('after', HELP);
  model
    .command('list')
    .description('Versions with their lineage and evaluation, and which one decides.')
    .option('--json', 'print JSON')
    .action((options: Options, command: Command) => context.withKintsugi(command, (it) => list(it, options, context)));
  model
    .command('show')
    .description('One version: lineage, tests with their figures, what it knows.')
    .argument('<version>', "name, unique part of one, or 'latest'")
    .option('--json', 'print JSON: the version as it is kept, which promote --file reads')
    .action((wanted: string, options: Options, command: Command) =>
      context.withKintsugi(command, (it) => show(it, wanted, options, context)),
    );
  model
    .command('diff')
    .description('Rows and actions whose choice or value differs between two versions.')
    .argument('<before>', "version, or 'live'")
    .argument('<after>', "version, or 'live'")
    .option('--json', 'print JSON')
    .action((before: string, after: string, options: Options, command: Command) =>
      context.withKintsugi(command, (it) => diff(it, [before, after], options, context)),
    );
  model
    .command('promote')
    .description(
      'Runs every test of a version, and begins its trial with a tenth of the incidents if it passes them all.',
    )
    .argument('[version]', "name, unique part of one, or 'latest'")
    .option('--to <environment>', 'take it to the next environment: dev to stage, stage to prod')
    .option('--file <file>', 'a version from another account, as model show --json printed it')
    .option('--json', 'print JSON')
    .action((wanted: string | undefined, options: Options, command: Command) => {
      if ((wanted === undefined) === (options.file === undefined)) throw new CliError('name one version, or a --file.');
      return context.withKintsugi(command, (it) => promote(it, wanted ?? null, options, context));
    });
  model
    .command('rollback')
    .description('One step back, at once: ends a trial, else returns to the version that decided before.')
    .option('--reason <text>', 'why, for the record', 'asked for by a person')
    .option('--json', 'print JSON')
    .action((options: Options, command: Command) =>
      context.withKintsugi(command, (it) => goBack(it, options, context)),
    );
};

const nowIso = ({ io }: Context): string => toIso(epochMs(io.now()));

const versionOf = async (kintsugi: Kintsugi, name: string): Promise<Version> => ({
  snapshot: await kintsugi.models.get(name),
  evaluation: (await kintsugi.models.evaluations(name))[0] ?? null,
});

const list = async (kintsugi: Kintsugi, { json }: Options, context: Context): Promise<void> => {
  const [pointer, names] = await Promise.all([kintsugi.pointers.read(), kintsugi.models.versions()]);
  const versions = await Promise.all(names.slice(0, MANY).map((name) => versionOf(kintsugi, name)));
  if (json === true) {
    const withoutRows = versions.map(({ snapshot: { tables: _, ...snapshot }, evaluation }) => ({
      ...snapshot,
      evaluation,
    }));
    return context.printJson({ env: kintsugi.connection.env, pointer, versions: withoutRows });
  }
  context.print([
    ...pointerLines(kintsugi.connection.env, pointer, context),
    '',
    ...listLines(versions, pointer, context),
  ]);
};

const show = async (kintsugi: Kintsugi, wanted: string, { json }: Options, context: Context): Promise<void> => {
  const name = await findVersion(kintsugi, wanted);
  if (name === LIVE)
    throw new CliError(
      `the live table is no version: compare it with one (${commandFor(kintsugi.connection, 'model diff live latest')}).`,
    );
  const version = await versionOf(kintsugi, name);
  if (json === true) return context.printJson(version.snapshot);
  context.print(showLines(version, commandFor(kintsugi.connection, `model promote ${name}`), context));
};

const diff = async (
  kintsugi: Kintsugi,
  wanted: readonly [string, string],
  { json }: Options,
  context: Context,
): Promise<void> => {
  const [before, after] = [await findVersion(kintsugi, wanted[0]), await findVersion(kintsugi, wanted[1])];
  const [old, now] = [await tablesFor(kintsugi, before), await tablesFor(kintsugi, after)];
  const rows = diffTables(old, now, await catalogueIn(kintsugi), kintsugi.connection.env);
  if (json === true) return context.printJson({ before, after, rows });
  context.print(diffLines(before, after, rows, context));
};

/** The environment behind each: a version skips none. */
const NEXT = { dev: 'stage', stage: 'prod', prod: null } as const;

const promote = async (from: Kintsugi, wanted: string | null, options: Options, context: Context): Promise<void> => {
  const snapshot =
    wanted === null ? await readVersion(options.file ?? '') : await from.models.get(await findVersion(from, wanted));
  if (options.to === undefined) return tryOut(from, snapshot, options, context);
  const to = EnvironmentNameSchema.safeParse(options.to);
  const next = NEXT[from.connection.env];
  if (!to.success || to.data !== next) {
    throw new CliError(notAllowed(`--to from ${from.connection.env}`, options.to, next === null ? [] : [next]));
  }
  mustNotBeLocal(from.connection, '--to');
  const target = await context.open(to.data, from);
  try {
    const handed = await handOnTo(from, target, snapshot);
    if (options.json !== true) {
      context.print([`Handed on to ${to.data} at half weight: ${handed} service tier${handed === 1 ? '' : 's'}.`, '']);
    }
    await tryOut(target, snapshot, options, context);
  } finally {
    target.close();
  }
};

/** Tests, and only then the trial. There is no way around a test. */
const tryOut = async (
  kintsugi: Kintsugi,
  snapshot: ModelSnapshot,
  { json }: Options,
  context: Context,
): Promise<void> => {
  const evaluation = await judge(kintsugi, snapshot);
  const pointer = evaluation.passed ? await begin(kintsugi, snapshot, context) : null;
  if (!evaluation.passed) context.finish(2);
  if (json === true) return context.printJson({ promoted: evaluation.passed, evaluation, pointer });
  context.print([...evaluationLines(evaluation, context), '', ...ending(kintsugi, evaluation, pointer, context)]);
};

const begin = async (kintsugi: Kintsugi, { version }: ModelSnapshot, context: Context): Promise<ModelPointer> => {
  const at = nowIso(context);
  const change = { at, by: context.io.user, reason: 'passed every test' };
  const pointer = await changePointer(kintsugi, change, (now, by) => startCanary(now, version, by));
  await announce(kintsugi, 'ModelPromoted', { version, status: 'canary', at });
  return pointer;
};

const ending = (
  { connection }: Kintsugi,
  { candidate, tests }: Evaluation,
  pointer: ModelPointer | null,
  { colours }: Context,
): string[] => {
  const failed = tests.filter(({ passed }) => !passed).length;
  if (pointer === null) {
    return [colours.red(`Not promoted: ${failed} of ${tests.length} tests failed. The champion goes on deciding.`)];
  }
  return [
    colours.green(
      `${candidate} decides ${100 * (pointer.canary?.share ?? 1)} % of the incidents in ${connection.env}.`,
    ),
    '  It widens by itself after 20 incidents, and goes back by itself when it does worse than it promised.',
  ];
};

const goBack = async (kintsugi: Kintsugi, { json, reason = '' }: Options, context: Context): Promise<void> => {
  const at = nowIso(context);
  const before = await kintsugi.pointers.read();
  const pointer = await changePointer(kintsugi, { at, by: context.io.user, reason }, rollBack);
  const version = before.canary?.candidate ?? before.champion;
  await announce(kintsugi, 'ModelRolledBack', { version, status: 'returned', at });
  if (json === true) return context.printJson({ before, pointer });
  context.print([`Taken back: ${version}.`, ...pointerLines(kintsugi.connection.env, pointer, context)]);
};
