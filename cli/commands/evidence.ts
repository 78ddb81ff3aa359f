import { type Command, InvalidArgumentError, Option } from 'commander';
import type { LearningLimits } from '../../core/contracts/limits.ts';
import { ledgerEntries, hasEarned, type LedgerEntry } from '../../core/learning/ledger.ts';
import { corrections } from '../../core/learning/rebuild.ts';
import { checkLearning, type LearningCheck } from '../../lambdas/learning-check/learning-check.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { commandFor } from '../system/connect.ts';
import { findIncident } from '../system/find-incident.ts';
import { labelIncident } from '../system/game-day.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import { table } from '../terminal/text.ts';

/** What the environment's learner knows: the log that it can be rebuilt from, and what actions have earned. */
export const addEvidence = (learner: Command, context: Context): void => {
  addRebuild(learner, context);
  addLedger(learner, context);
  addLabel(learner, context);
};

const LABEL_HELP = `
For faults that something else has injected, such as the AWS Fault Injection Service (examples/game-day). Everything
that the incident taught is credited to exactly that cause, once; it says nothing about how often the fault comes.

Examples:
  kintsugi learner label latest cpuSpike
  kintsugi learner label inc-20261121-093000-checkout-1a2b3c memLeak --env stage`;

const addLabel = (learner: Command, context: Context): void => {
  learner
    .command('label')
    .description('Names the injected fault behind an incident that is over.')
    .argument('<incident>', "id, unique part of one, or 'latest'")
    .argument('<cause>', 'a cause of the catalogue, such as memLeak')
    .option('--json', 'print JSON')
    .addHelpText('after', LABEL_HELP)
    .action((wanted: string, cause: string, { json }: { readonly json?: boolean }, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const { incidentId } = await findIncident(kintsugi, wanted);
        const taught = await labelIncident(kintsugi, incidentId, cause);
        if (taught === null)
          throw new CliError(`${incidentId} has taught nothing yet: nothing was tried, or it goes on.`);
        if (json === true) return context.printJson({ incidentId, cause, ...taught });
        const what = taught.status === 'known' ? 'was labelled before' : `is credited to ${cause}`;
        context.print([`${incidentId} (${taught.actions.join(', ')}) ${what}.`]);
      }),
    );
};

const REBUILD_HELP = `
The Q-table is the sum of its log. A difference means that one of the two was changed by something else; the log is
the truth. --write adds what is missing, so that what is learned meanwhile is kept.

Exit code 0: equal to 1e-6 (or made so). 2: they differ.

Examples:
  kintsugi learner rebuild
  kintsugi learner rebuild --write --env stage`;

interface RebuildOptions {
  readonly write?: boolean;
  readonly json?: boolean;
}

const addRebuild = (learner: Command, context: Context): void => {
  learner
    .command('rebuild')
    .summary('rebuild the Q-table from its log and compare')
    .description('Adds up the log of experiences and holds the stored Q-table against the sum.')
    .addOption(new Option('--check', 'only compare (this is what it does anyway)').conflicts('write'))
    .option('--write', 'make the stored table equal to the sum')
    .option('--json', 'print JSON')
    .addHelpText('after', REBUILD_HELP)
    .action((options: RebuildOptions, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const found = await check(kintsugi);
        const write = options.write === true && found.differences.length > 0;
        if (write) await correct(kintsugi, found);
        const left = write ? await check(kintsugi) : found;
        if (options.json === true) context.printJson({ ...found, left: left.differences.length });
        else context.print(rebuildLines(found, left, kintsugi, context));
        context.finish(left.differences.length === 0 ? 0 : 2);
      }),
    );
};

const check = (kintsugi: Kintsugi): Promise<LearningCheck> =>
  checkLearning({ log: { all: kintsugi.experiences }, tables: kintsugi.evidenceTables });

const correct = async (kintsugi: Kintsugi, { differences }: LearningCheck): Promise<void> => {
  for (const tier of new Set(differences.map((difference) => difference.tier))) {
    await kintsugi.correctEvidence(tier, corrections(differences, tier));
  }
};

const rebuildLines = (
  found: LearningCheck,
  left: LearningCheck,
  { connection }: Kintsugi,
  { colours, look }: Context,
): string[] => {
  const { experiences, rows, differences } = found;
  if (differences.length === 0) {
    return [
      `${colours.green('●')} The Q-table is the sum of its log: ${experiences} experiences, ${rows} rows, equal to 1e-6.`,
    ];
  }
  const columns = [
    { title: 'TIER' },
    { title: 'ROW' },
    { title: 'NUMBER' },
    { title: 'STORED', align: 'right' as const },
    { title: 'REBUILT', align: 'right' as const },
  ];
  const cells = differences.map(({ tier, row, attribute, stored, rebuilt }) => [
    tier,
    row,
    attribute,
    stored.toFixed(6),
    rebuilt.toFixed(6),
  ]);
  return [
    ...table(columns, cells, look().width, colours.dim),
    '',
    left.differences.length === 0
      ? colours.green(`${differences.length} numbers differed; the Q-table is the sum of its log again.`)
      : colours.red(
          `${left.differences.length} numbers differ from the log. To correct them: ${commandFor(connection, 'learner rebuild --write')}`,
        ),
  ];
};

const LEDGER_HELP = `
In prod an action is taken without a person only after it has earned that against the likeliest cause: enough lasting
heals in stage at the same version of the model, and a lower 95 % bound of its success rate that is high enough.

Examples:
  kintsugi learner ledger
  kintsugi learner ledger --env prod --json`;

/** What an environment asks for by default; another bound can be looked at with the options. */
const DEFAULT_RULE: NonNullable<LearningLimits['earn']> = { heals: 20, lowerBound: 0.9 };

interface LedgerOptions {
  readonly heals: number;
  readonly bound: number;
  readonly json?: boolean;
}

const MOST_HEALS = 1_000_000;

const healsOf = (text: string): number => {
  if (/^\d{1,7}$/.test(text) && Number(text) <= MOST_HEALS) return Number(text);
  throw new InvalidArgumentError(`It must be a whole number from 0 to ${MOST_HEALS}.`);
};

const boundOf = (text: string): number => {
  if (/^\d*\.?\d+$/.test(text) && Number(text) <= 1) return Number(text);
  throw new InvalidArgumentError('It must be a share from 0 to 1, such as 0.9.');
};

const addLedger = (learner: Command, context: Context): void => {
  learner
    .command('ledger')
    .summary('what each action has earned')
    .description('How often each action was verified to heal, per tier, version of the model and likeliest cause.')
    .addOption(
      new Option('--heals <number>', 'lasting heals that are asked for').argParser(healsOf).default(DEFAULT_RULE.heals),
    )
    .addOption(
      new Option('--bound <share>', 'lower 95 % bound that is asked for')
        .argParser(boundOf)
        .default(DEFAULT_RULE.lowerBound),
    )
    .option('--json', 'print JSON')
    .addHelpText('after', LEDGER_HELP)
    .action(({ heals, bound, json }: LedgerOptions, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const tables = await kintsugi.evidenceTables();
        const rule = { heals, lowerBound: bound };
        const entries = [...tables].flatMap(([tier, rows]) =>
          ledgerEntries(rows).map((entry) => ({ tier, ...entry, earned: hasEarned(entry, rule) })),
        );
        if (json === true) return context.printJson({ rule, entries });
        context.print(ledgerLines(entries, rule, context));
      }),
    );
};

type Line = LedgerEntry & { readonly tier: string; readonly earned: boolean };

const ledgerLines = (
  entries: readonly Line[],
  { heals, lowerBound }: typeof DEFAULT_RULE,
  { colours, look }: Context,
): string[] => {
  if (entries.length === 0) return ['Nothing was healed or tried yet.'];
  const right = (title: string) => ({ title, align: 'right' as const });
  const columns = [
    { title: 'TIER' },
    { title: 'CAUSE' },
    { title: 'ACTION' },
    right('HEALED'),
    right('FAILED'),
    right('RELAPSED'),
    right('HEALED BEFORE'),
    right('AT LEAST'),
    { title: 'EARNED' },
    { title: 'MODEL' },
  ];
  const rows = entries.map(({ tier, hypothesis, action, own, handed, lowerBound: bound, earned, modelVersion }) => [
    tier,
    hypothesis,
    action,
    String(own.healed),
    String(own.failed),
    String(own.relapsed),
    String(handed.healed - handed.relapsed),
    `${Math.floor(bound * 100)} %`,
    earned ? colours.green('yes') : colours.dim('no'),
    modelVersion,
  ]);
  return [
    ...table(columns, rows, look().width, colours.dim),
    '',
    colours.dim(
      `Earned by ${heals} lasting heals in the environment before, at the same version, and a lower 95 % bound of ${Math.round(lowerBound * 100)} %.`,
    ),
  ];
};
