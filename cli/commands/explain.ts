import type { Command } from 'commander';
import type { Decision } from '../../core/contracts/decision.ts';
import type { PendingApproval } from '../../core/contracts/api/incidents.ts';
import { PendingApprovalSchema } from '../../core/contracts/api/incidents.ts';
import type { ApprovalRequest } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { Verdict } from '../../core/contracts/verdict.ts';
import type { Context } from '../context.ts';
import { aimOf, commandFor } from '../system/connect.ts';
import { findIncident } from '../system/find-incident.ts';
import { incidentReport } from '../terminal/incident.ts';
import { questionReport } from '../terminal/question.ts';
import { hang, padEnd, table } from '../terminal/text.ts';
import { percent } from '../../core/shared/units.ts';

interface Options {
  readonly full?: boolean;
  readonly json?: boolean;
}

const HELP = `
<incident> is an id, a unique beginning or end of one, or 'latest'.

Examples:
  kintsugi explain latest
  kintsugi explain 74ec25 --full
  kintsugi explain latest --json | jq '.journal[].kind'`;

export const addExplain = (program: Command, context: Context): void => {
  program
    .command('explain')
    .summary('what was done about an incident, and why')
    .description('Tells an incident from its records: the seven phases with their times, and the account.')
    .argument('<incident>', "id, unique part of one, or 'latest'")
    .option('--full', 'also every candidate with its value or why not, every guard, every record')
    .option('--json', 'print the incident and its journal as JSON')
    .addHelpText('after', HELP)
    .action((wanted: string, options: Options, command: Command) =>
      context.withKintsugi(command, async (kintsugi) => {
        const incident = await findIncident(kintsugi, wanted);
        const journal = await kintsugi.journal(incident.incidentId);
        const question = await kintsugi.approvals.pending(incident.incidentId);
        if (options.json === true) return context.printJson({ incident, journal, ...withoutToken(question) });
        const look = context.look();
        context.print([
          ...incidentReport(incident, journal, { ...look, width: Math.min(look.width, 120) }),
          ...(question === null ? [] : ['', ...questionReport(question, aimOf(kintsugi.connection), look)]),
          ...(options.full === true ? details(journal, context) : []),
          '',
          ...(options.full === true
            ? []
            : [
                context.colours.dim(
                  `More: ${commandFor(kintsugi.connection, `explain ${incident.incidentId} --full`)}`,
                ),
              ]),
        ]);
      }),
    );
};

/** The workflow's token is for whoever answers, not for a terminal's scrollback. */
const withoutToken = (question: ApprovalRequest | null): { readonly question?: PendingApproval } =>
  question === null ? {} : { question: PendingApprovalSchema.parse(question) };

const details = (journal: readonly JournalRecord[], context: Context): string[] => [
  ...journal.flatMap((record) => {
    if (record.kind === 'action_decided') return decisionLines(record.attempt, record.body, context);
    if (record.kind === 'verdict_given') return verdictLines(record.attempt, record.body, context);
    return [];
  }),
  ...recordLines(journal, context),
];

const decisionLines = (attempt: number, decision: Decision, { colours, look }: Context): string[] => {
  const open = decision.candidates.filter(({ masked }) => masked === null);
  const chosen = open.find(({ actionId }) => actionId === decision.plan.actionId)?.expectedMinutes;
  const count = (value: number) => (value === 0 ? colours.dim('0') : String(Number(value.toFixed(1))));
  const rows = open
    .toSorted((a, b) => (a.expectedMinutes ?? Infinity) - (b.expectedMinutes ?? Infinity))
    .map(({ actionId, expectedMinutes, recoverProbability, evidenceCount, evidence }) => [
      actionId === decision.plan.actionId ? colours.green(`> ${actionId}`) : `  ${actionId}`,
      expectedMinutes === null ? '' : expectedMinutes.toFixed(1),
      expectedMinutes === null || chosen == null ? '' : signed(expectedMinutes - chosen),
      recoverProbability === null ? '' : percent(recoverProbability.mean),
      recoverProbability === null ? '' : `${percent(recoverProbability.low)} - ${percent(recoverProbability.high)}`,
      count(evidenceCount),
      count(evidence?.transferred ?? 0),
      count(evidence?.prior ?? 0),
    ]);
  const columns = [
    { title: '  CANDIDATE' },
    { title: 'MINUTES', align: 'right' as const },
    { title: 'MORE', align: 'right' as const },
    { title: 'RECOVERS', align: 'right' as const },
    { title: '90 % RANGE', align: 'right' as const },
    { title: 'SEEN', align: 'right' as const },
    { title: 'HANDED ON', align: 'right' as const },
    { title: 'ASSUMED', align: 'right' as const },
  ];
  const belief = decision.belief
    .map(({ hypothesis, probability }) => `${hypothesis} ${percent(probability)}`)
    .join(', ');
  return [
    '',
    colours.bold(`Attempt ${attempt}: what was considered`),
    ...hang('  Belief      ', belief, look().width),
    `  Fingerprint ${decision.fingerprint}`,
    `  Model       ${decision.modelVersion}`,
    ...earnedLines(decision),
    `  Plan hash   ${decision.planHash}`,
    '',
    ...table(columns, rows, look().width, colours.dim),
    ...decision.candidates.flatMap(({ actionId, masked }) =>
      masked === null ? [] : hang(`  ${padEnd(actionId, 9)}  `, `ruled out: ${masked}`, look().width).map(colours.dim),
    ),
  ];
};

const earnedLines = ({ autonomy }: Decision): string[] =>
  autonomy == null
    ? []
    : [
        `  Earned      ${autonomy.heals} lasting heals against ${autonomy.hypothesis} in the environment before; heals at least ${percent(autonomy.lowerBound)} (95 %)`,
      ];

const signed = (minutes: number): string => (minutes === 0 ? '' : `${minutes < 0 ? '' : '+'}${minutes.toFixed(1)}`);

const MARKS = { allow: '●', ask: '?', deny: '✘' } as const;

const verdictLines = (attempt: number, { verdict, guards }: Verdict, { colours, look }: Context): string[] => {
  const colour = { allow: colours.green, ask: colours.yellow, deny: colours.red };
  return [
    '',
    colours.bold(`Attempt ${attempt}: what the guards said: ${verdict}`),
    ...guards.flatMap(({ guard, result, reason, fact, limit, limitSource }) => [
      ...hang(`  ${colour[result](MARKS[result])} ${padEnd(guard, 22)}`, reason, look().width),
      ...hang(' '.repeat(26), `${fact}; limit: ${limit} (${limitSource})`, look().width).map(colours.dim),
    ]),
  ];
};

const recordLines = (journal: readonly JournalRecord[], { colours }: Context): string[] => {
  const widest = Math.max(...journal.map(({ kind }) => kind.length));
  return [
    '',
    colours.bold('Records'),
    ...journal.map(
      ({ seq, kind, at, latencyMs, hash }) =>
        `  ${String(seq).padStart(3)}  ${at}  ${padEnd(kind, widest)}  ${String(latencyMs).padStart(6)} ms  ${colours.dim(hash.slice(0, 12))}`,
    ),
  ];
};
