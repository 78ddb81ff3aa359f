import type { Command } from 'commander';
import { LIVE } from '../../core/contracts/model.ts';
import type { TrainerResult } from '../../lambdas/trainer/trainer.ts';
import type { FaultName } from '../../local/faults/fault.ts';
import { faultNames, faults } from '../../local/faults/faults.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { mustNotBeLocal } from '../system/connect.ts';
import { gameDay, type Lesson } from '../system/game-day.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import { handOnTo } from '../system/models.ts';
import { evaluationLines } from '../terminal/model.ts';
import { notAllowed } from '../terminal/words.ts';

interface Options {
  readonly inject?: boolean;
  readonly faults?: string;
  readonly perCell: string;
  readonly handOn?: boolean;
  readonly json?: boolean;
}

const HELP = `
With --inject it is a game day: each fault is put into the demo shop for real, the loop heals it, and because the
cause is known, everything that the incident taught is credited to exactly that cause. Counts survive repetition:
an incident is labelled once.

How to do the same in a dev environment on AWS, with the Fault Injection Service: examples/game-day.

Examples:
  kintsugi train
  kintsugi train --inject --faults hang,bad-deployment --per-cell 2
  kintsugi train --aws --hand-on`;

const injectable = faultNames.filter((name) => faults[name].kind === 'fault');

export const addTrain = (program: Command, context: Context): void => {
  program
    .command('train')
    .summary('freeze and judge what was learned; --inject runs a game day first')
    .description('Freezes what was learned into a version and judges it, as the optimizer does once a day.')
    .option('--inject', 'first break the local demo shop, fault by fault, and learn from how it is healed')
    .option('--faults <names>', `with --inject: only these, separated by commas (default: all ${injectable.length})`)
    .option('--per-cell <runs>', 'with --inject: labelled runs of each fault', '1')
    .option('--hand-on', 'hand what was learned on to the next environment in AWS, at half its weight')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action((options: Options, command: Command) => {
      const wanted = faultsOf(options);
      const runs = Number(options.perCell);
      if (!Number.isInteger(runs) || runs < 1 || runs > 100) {
        throw new CliError(`--per-cell must be a whole number from 1 to 100; got '${options.perCell}'.`);
      }
      return context.withKintsugi(command, async (kintsugi) => {
        if (options.handOn === true) mustNotBeLocal(kintsugi.connection, '--hand-on');
        const lessons = options.inject === true ? await gameDay(kintsugi, { wanted, runs }, context) : [];
        const version = await freezeAndJudge(kintsugi);
        const handed = options.handOn === true ? await handOn(kintsugi, version, context) : null;
        if (options.json === true) return context.printJson({ lessons, version, handed });
        context.print(await report(kintsugi, { lessons, version, handed }, context));
      });
    });
};

const faultsOf = ({ inject, faults: names }: Options): readonly FaultName[] => {
  if (names === undefined) return injectable;
  if (inject !== true) throw new CliError('--faults needs --inject.');
  return names.split(',').map((name) => {
    const known = injectable.find((candidate) => candidate === name);
    if (known === undefined) throw new CliError(notAllowed('--faults', name, injectable));
    return known;
  });
};

const freezeAndJudge = async ({ train }: Kintsugi): Promise<TrainerResult> => {
  const frozen = await train({ command: 'snapshot' });
  return frozen.verdict === 'new' && frozen.version !== LIVE
    ? train({ command: 'evaluate', version: frozen.version })
    : frozen;
};

const NEXT = { dev: 'stage', stage: 'prod', prod: null } as const;

const handOn = async (kintsugi: Kintsugi, { version }: TrainerResult, context: Context): Promise<string> => {
  const next = NEXT[kintsugi.connection.env];
  if (next === null) throw new CliError('--hand-on: prod is the last environment.');
  if (version === LIVE) throw new CliError('--hand-on: nothing was learned yet.');
  const target = await context.open(next, kintsugi);
  try {
    const tiers = await handOnTo(kintsugi, target, await kintsugi.models.get(version));
    return `${next}: ${tiers} service tier${tiers === 1 ? '' : 's'}`;
  } finally {
    target.close();
  }
};

const report = async (
  kintsugi: Kintsugi,
  { lessons, version, handed }: { lessons: readonly Lesson[]; version: TrainerResult; handed: string | null },
  context: Context,
): Promise<string[]> => {
  const { colours } = context;
  const taught = lessons.filter(({ status }) => status === 'learned').length;
  const known = version.version === LIVE ? null : (await kintsugi.models.evaluations(version.version))[0];
  return [
    ...(lessons.length === 0 ? [] : [`Game day: ${taught} of ${lessons.length} runs taught something new.`, '']),
    version.verdict === 'nothing_new'
      ? `Nothing new to freeze: ${version.reason}.`
      : `Frozen: ${colours.bold(version.version)}`,
    ...(known === undefined || known === null ? [] : ['', ...evaluationLines(known, context)]),
    ...(handed === null ? [] : ['', `Handed on at half weight to ${handed}.`]),
  ];
};
