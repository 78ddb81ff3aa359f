import type { Command } from 'commander';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { DecidedAgain, Instead } from '../../core/decision/what-if.ts';
import { whatIf } from '../../core/decision/what-if.ts';
import type { Context } from '../context.ts';
import { findIncident } from '../system/find-incident.ts';
import { journalFromFile, soundJournal } from '../system/journal-file.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import { findVersion, readVersion, tablesFor } from '../system/models.ts';
import { loadPolicies } from '../system/policies.ts';
import { table } from '../terminal/text.ts';

interface Options {
  readonly policy?: string;
  readonly model?: string;
  readonly journal?: string;
  readonly json?: boolean;
}

const HELP = `
Every attempt is decided again from its record alone. Without --policy and --model it must come out as it is recorded,
bit for bit. What a different first choice would have led to is not told: nobody can know.

Exit code 0: done. 2: asked for nothing else, and a decision came out different.

Examples:
  kintsugi whatif latest
  kintsugi whatif latest --policy my-policies
  kintsugi whatif 74ec25 --model latest --json
  kintsugi whatif latest --journal incident.json --model model.json`;

/** `kintsugi whatif`: past decisions under another version of the model, or other policies. */
export const addWhatIf = (program: Command, context: Context): void => {
  program
    .command('whatif')
    .summary('decide an incident again, by another model or other policies')
    .description('Makes the decisions of an incident again from its records, and shows what would have been different.')
    .argument('<incident>', "id, unique part of one, or 'latest'")
    .option('--policy <dir>', "folder with *.cedar files, put beside Kintsugi's own")
    .option('--model <version>', "a version, 'latest', 'live', or a file of 'kintsugi model show --json'")
    .option('--journal <file>', "a file of 'kintsugi proof export', in place of the environment's records")
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action(async (wanted: string, options: Options, command: Command) => {
      const loaded =
        options.policy === undefined
          ? null
          : await loadPolicies({ path: options.policy, called: '--policy' }, context.io.dirs);
      const { journal, model } = await read(wanted, options, command, context);
      const decisions = whatIf(journal, {
        ...(model === null ? {} : { model }),
        ...(loaded === null ? {} : { policies: loaded.engine }),
      });
      const asIs = model === null && loaded === null;
      if (asIs && decisions.some(({ identical }) => !identical)) context.finish(2);
      const report = {
        incidentId: journal[0]?.incidentId ?? wanted,
        model: model?.version ?? null,
        policies: loaded?.set.version ?? null,
        identical: decisions.every(({ identical }) => identical),
        decisions,
      };
      if (options.json === true) context.printJson(report);
      else context.print(asIs ? sameLines(report, context) : changeLines(report, context));
    });
};

interface Read {
  readonly journal: readonly JournalRecord[];
  readonly model: NonNullable<Instead['model']> | null;
}

/** Files need no cloud: it is opened only for what is asked of it. */
const read = async (wanted: string, options: Options, command: Command, context: Context): Promise<Read> => {
  const { journal: file, model: version } = options;
  const versionFile = version?.endsWith('.json') === true ? await readVersion(version) : null;
  const fromFile = file === undefined ? null : await journalFromFile(file, wanted);
  if (fromFile !== null && (version === undefined || versionFile !== null)) {
    return { journal: fromFile, model: versionFile };
  }
  return context.withKintsugi(command, async (kintsugi) => ({
    journal: fromFile ?? soundJournal(await storedOf(kintsugi, wanted)),
    model: versionFile ?? (version === undefined ? null : await modelOf(kintsugi, version)),
  }));
};

const storedOf = async (kintsugi: Kintsugi, wanted: string) =>
  kintsugi.storedRecords((await findIncident(kintsugi, wanted)).incidentId);

const modelOf = async (kintsugi: Kintsugi, wanted: string): Promise<NonNullable<Instead['model']>> => {
  const version = await findVersion(kintsugi, wanted);
  return { version, tables: await tablesFor(kintsugi, version) };
};

interface Report {
  readonly incidentId: string;
  readonly model: string | null;
  readonly policies: string | null;
  readonly decisions: readonly DecidedAgain[];
}

const sameLines = ({ incidentId, decisions }: Report, { colours }: Context): string[] => {
  const same = decisions.filter(({ identical }) => identical).length;
  const said = `${same} of ${decisions.length} decisions of ${incidentId} came out as recorded, bit for bit.`;
  return decisions.length === 0
    ? [`${incidentId} has no decision yet.`]
    : [
        same === decisions.length ? colours.green(said) : colours.red(said),
        ...decisions.flatMap(({ attempt, identical, before, after }) =>
          identical ? [] : [`  attempt ${attempt}: recorded ${before.actionId}, now ${after.actionId}`],
        ),
      ];
};

const changeLines = ({ incidentId, model, policies, decisions }: Report, { colours, look }: Context): string[] => {
  const rows = decisions.flatMap(rowsOf);
  const unknown = rows.filter(({ instead }) => instead === NOT_KNOWN).length;
  const changed = rows.filter(({ then, instead }) => then !== instead).length - unknown;
  const cells = rows.map(({ attempt, what, then, instead, why }) => [
    String(attempt),
    what,
    then,
    then === instead ? instead : colours.bold(colours.yellow(instead)),
    why,
  ]);
  const columns = [
    { title: 'ATTEMPT', align: 'right' as const },
    { title: 'WHAT' },
    { title: 'THEN' },
    { title: 'INSTEAD' },
    { title: 'WHY', flexible: true },
  ];
  const asked = [model === null ? '' : `model ${model}`, policies === null ? '' : `policies ${policies.slice(0, 12)}`];
  return [
    `${colours.bold(incidentId)} under ${asked.filter((part) => part !== '').join(' and ')}`,
    '',
    ...table(columns, cells, Math.max(look().width, 100), colours.dim),
    '',
    `${changed} of ${rows.length} answers would have been different${unknown === 0 ? '' : `; ${unknown} cannot be known`}.`,
  ];
};

const NOT_KNOWN = 'not known';

interface Row {
  readonly attempt: number;
  readonly what: 'choice' | 'verdict';
  readonly then: string;
  readonly instead: string;
  readonly why: string;
}

const rowsOf = ({ attempt, before, after, verdicts }: DecidedAgain): readonly Row[] => [
  { attempt, what: 'choice', then: before.actionId, instead: after.actionId, why: reasonOf(before, after) },
  ...verdicts.map(({ before: then, after: instead, why }) => ({
    attempt,
    what: 'verdict' as const,
    then,
    instead: instead ?? NOT_KNOWN,
    why,
  })),
];

const reasonOf = (before: DecidedAgain['before'], { reason, expectedMinutes }: DecidedAgain['after']): string =>
  expectedMinutes === null || before.expectedMinutes === null
    ? reason
    : `${expectedMinutes.toFixed(1)} minutes, then ${before.expectedMinutes.toFixed(1)}: ${reason}`;
