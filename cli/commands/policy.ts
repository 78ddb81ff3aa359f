import type { Command } from 'commander';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { PolicyEngine } from '../../core/guard/policy.ts';
import type { Simulated } from '../../core/guard/simulate.ts';
import { simulate } from '../../core/guard/simulate.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { findIncident } from '../system/find-incident.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import { problemLines } from '../../lib/policies/policy-files.ts';
import { checkPolicies, loadPolicies } from '../system/policies.ts';
import { hang, padEnd } from '../terminal/text.ts';

interface Json {
  readonly json?: boolean;
}
interface Simulate extends Json {
  readonly policies: string;
  readonly since: string;
}

/** Newest incidents that are looked at. */
const MANY = 1_000;

const HELP = `
Policies are Cedar files; policies/schema.cedarschema says what they can speak of. A folder of your own is put beside
Kintsugi's with -c kintsugi='{"prod":{"policyDirectory":"my-policies"}}' at cdk deploy. One forbid wins.

Exit code of check: 0: all are good. 2: at least one is not.

Examples:
  kintsugi policy check my-policies
  kintsugi policy explain latest
  kintsugi policy simulate --policies my-policies --since 7d`;

export const addPolicy = (program: Command, context: Context): void => {
  const policy = program
    .command('policy')
    .summary('check, explain and try out policies')
    .description('The rules that the guards hold their facts against.')
    .addHelpText('after', HELP);
  policy
    .command('check')
    .summary('check types and wording')
    .description("Checks Kintsugi's own policies, and those of a folder beside them, against the schema.")
    .argument('[dir]', 'folder with *.cedar files')
    .option('--json', 'print JSON')
    .action((dir: string | undefined, options: Json) => check(dir ?? null, options, context));
  policy
    .command('explain')
    .summary('which policies decided about an incident')
    .description('Every policy that objected, with the fact, the limit and where the limit comes from.')
    .argument('<incident>', "id, unique part of one, or 'latest'")
    .option('--json', 'print JSON')
    .action((wanted: string, options: Json, command: Command) =>
      context.withKintsugi(command, (kintsugi) => explain(kintsugi, wanted, options, context)),
    );
  policy
    .command('simulate')
    .summary('what would other policies have decided?')
    .description('Puts the recorded facts of past verdicts to a set of policies, and shows what would have changed.')
    .requiredOption('--policies <dir>', 'folder with *.cedar files')
    .option('--since <age>', 'how far back: 30m, 12h, 7d', '7d')
    .option('--json', 'print JSON')
    .action(async (options: Simulate, command: Command) => {
      const { set, engine } = await loadPolicies({ path: options.policies, called: '--policies' }, context.io.dirs);
      const since = context.io.now() - durationOf(options.since);
      return context.withKintsugi(command, async (kintsugi) => {
        const report = await simulateAll(kintsugi, engine, since);
        if (options.json === true) context.printJson({ version: set.version, ...report });
        else context.print(simulationLines(report, options, context));
      });
    });
};

const check = async (dir: string | null, { json }: Json, context: Context): Promise<void> => {
  const folder = dir === null ? null : { path: dir, called: 'dir' };
  const { compiled, ofFolder } = await checkPolicies(folder, context.io.dirs);
  const problems = compiled.ok ? compiled.warnings : compiled.problems;
  if (json === true) {
    const policies = compiled.ok ? compiled.set.policies.map(({ id, guard, source }) => ({ id, guard, source })) : [];
    const version = compiled.ok ? compiled.set.version : null;
    const found = ofFolder === null ? {} : { ofFolder };
    context.printJson({ good: compiled.ok, problems, version, policies, ...found });
  } else {
    const lines = problemLines(problems).map(compiled.ok ? context.colours.yellow : context.colours.red);
    context.print(
      compiled.ok
        ? [
            ...lines,
            ...(ofFolder === 0 ? [context.colours.yellow(`${dir ?? ''}: its files hold no policy.`)] : []),
            `${compiled.set.policies.length} policies are good${ofFolder === null ? '' : `, ${ofFolder} of them yours`}; version ${compiled.set.version.slice(0, 12)}.`,
          ]
        : lines,
    );
  }
  context.finish(compiled.ok ? 0 : 2);
};

type VerdictRecord = Extract<JournalRecord, { readonly kind: 'verdict_given' }>;
const verdictsOf = (journal: readonly JournalRecord[]): VerdictRecord[] =>
  journal.filter((record): record is VerdictRecord => record.kind === 'verdict_given');

const explain = async (kintsugi: Kintsugi, wanted: string, { json }: Json, context: Context): Promise<void> => {
  const { incidentId } = await findIncident(kintsugi, wanted);
  const verdicts = verdictsOf(await kintsugi.journal(incidentId)).map(({ attempt, at, body }) => ({
    attempt,
    at,
    verdict: body.verdict,
    version: body.policies?.version ?? null,
    facts: body.policies?.request ?? null,
    decided: body.guards.filter(({ result }) => result !== 'allow'),
  }));
  if (json === true) return context.printJson({ incidentId, verdicts });
  const { colours } = context;
  context.print(
    verdicts.length === 0
      ? [`${incidentId} has no verdict yet.`]
      : verdicts.flatMap(({ attempt, verdict, version, decided }) => [
          colours.bold(`Attempt ${attempt}: ${verdict}`) +
            colours.dim(version === null ? '  without policies' : `  policies ${version.slice(0, 12)}`),
          ...(decided.length === 0 ? ['  No policy and no guard objected.'] : []),
          ...decided.flatMap(({ guard, result, reason, fact, limit, limitSource, policies }) => [
            ...hang(
              `  ${result === 'deny' ? colours.red('✘') : colours.yellow('?')} ${padEnd(guard, 22)}`,
              reason,
              context.look().width,
            ),
            ...hang(' '.repeat(26), `${fact}; limit: ${limit} (${limitSource})`, context.look().width).map(colours.dim),
            ...(policies === undefined ? [] : [colours.dim(`${' '.repeat(26)}by ${policies.join(', ')}`)]),
          ]),
        ]),
  );
};

interface Change extends Simulated {
  readonly incidentId: string;
  readonly attempt: number;
  readonly at: string;
}
interface Report {
  readonly verdicts: number;
  /** Verdicts of before there were policies: their facts were not kept. */
  readonly without: number;
  readonly changed: readonly Change[];
}

const simulateAll = async (kintsugi: Kintsugi, engine: PolicyEngine, since: number): Promise<Report> => {
  const incidents = (await kintsugi.incidents(undefined, MANY)).filter(({ openedAt }) => Date.parse(openedAt) >= since);
  let verdicts = 0;
  let without = 0;
  const changed: Change[] = [];
  for (const { incidentId } of incidents) {
    for (const { attempt, at, body } of verdictsOf(await kintsugi.journal(incidentId))) {
      verdicts += 1;
      const simulated = simulate(body, engine);
      if (simulated === null) without += 1;
      else if (simulated.before !== simulated.after) changed.push({ incidentId, attempt, at, ...simulated });
    }
  }
  return { verdicts, without, changed };
};

const simulationLines = (
  { verdicts, without, changed }: Report,
  { since }: Simulate,
  { colours }: Context,
): string[] => [
  ...changed.flatMap(({ incidentId, attempt, before, after, denying, asking }) => [
    `${incidentId}  attempt ${attempt}: ${before} ${colours.bold(`-> ${after}`)}`,
    ...[...denying, ...asking].map(({ id, source, reason }) => colours.dim(`    ${id} (${source}): ${reason}`)),
  ]),
  `${changed.length} of ${verdicts} verdicts of the last ${since} would have been different.`,
  ...(without === 0 ? [] : [`${without} could not be tried: they are from before policies kept their facts.`]),
];

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

const durationOf = (age: string): number => {
  const [, count, unit = ''] = /^(\d{1,5})([mhd])$/.exec(age) ?? [];
  const length = UNITS[unit];
  if (count === undefined || length === undefined) {
    throw new CliError(`--since ${age} is not allowed: must be a number with m, h or d, such as 30m, 12h, 7d`);
  }
  return Number(count) * length;
};
