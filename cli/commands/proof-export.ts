import type { Command } from 'commander';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import type { Approval } from '../../core/contracts/verdict.ts';
import { approversOf, auditRows, toCsv } from '../../core/journal/audit.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { mustBeWritable, writeText } from '../system/files.ts';
import { findIncident } from '../system/find-incident.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import { hang, padEnd } from '../terminal/text.ts';
import { notAllowed } from '../terminal/words.ts';

export const VIEWS = ['runtime', 'decision', 'proof'] as const;
export const FORMATS = ['json', 'csv'] as const;
/** Incidents of one export; the newest ones. */
const MANY = 10_000;

const SHOW_HELP = `
Views of the same records:
  runtime    what ran when, and for how long
  decision   what was decided, what each control said, who answered
  proof      number, hash and predecessor of each record

Examples:
  kintsugi proof show latest
  kintsugi proof show latest --view decision
  kintsugi proof show latest --json | jq '.[3].body'`;

const EXPORT_HELP = `
csv   one line per control that ran: what it said, who approved, what was done, how it ended, and the hash of the
      record that says so
json  the records themselves, all checkpoints and the public key: enough to check everything without AWS

Examples:
  kintsugi proof export --all --format csv --out audit.csv
  kintsugi proof export latest > incident.json`;

/** `proof show` and `proof export`: the records for people and for auditors. */
export const addProofExport = (proof: Command, context: Context): void => {
  proof
    .command('show')
    .summary('the records of an incident')
    .description('Shows the records of an incident, as the log that is asked for.')
    .argument('<incident>', "id, unique part of one, or 'latest'")
    .option('--view <view>', VIEWS.join(', '), 'runtime')
    .option('--json', 'print the records as JSON')
    .addHelpText('after', SHOW_HELP)
    .action((wanted: string, options: { view: string; json?: boolean }, command: Command) => {
      const view = VIEWS.find((name) => name === options.view);
      if (view === undefined) throw new CliError(notAllowed('--view', options.view, VIEWS));
      return context.withKintsugi(command, async (kintsugi) => {
        const journal = await kintsugi.journal((await findIncident(kintsugi, wanted)).incidentId);
        if (options.json === true) context.printJson(journal);
        else context.print(journal.flatMap((record) => LINES[view](record, context)));
      });
    });
  proof
    .command('export')
    .summary('records for an audit')
    .description('Writes what an audit asks for: which controls ran, who approved what, and the proof of it.')
    .argument('[incident]', "id, unique part of one, or 'latest'")
    .option('--all', 'every incident')
    .option('--format <format>', FORMATS.join(', '), 'json')
    .option('--out <file>', 'write to a file instead of the terminal')
    .addHelpText('after', EXPORT_HELP)
    .action(
      async (
        wanted: string | undefined,
        options: { all?: boolean; format: string; out?: string },
        command: Command,
      ) => {
        if ((wanted === undefined) === (options.all !== true)) throw new CliError('name one incident, or say --all.');
        const format = FORMATS.find((name) => name === options.format);
        if (format === undefined) throw new CliError(notAllowed('--format', options.format, FORMATS));
        if (options.out !== undefined) await mustBeWritable(options.out, `--out ${options.out}`);
        return context.withKintsugi(command, async (kintsugi) => {
          const text = await exported(kintsugi, wanted, format, new Date(context.io.now()).toISOString());
          if (options.out === undefined) context.io.stdout.write(text);
          else {
            await writeText(options.out, text, `--out ${options.out}`);
            context.print([`wrote ${options.out}`]);
          }
        });
      },
    );
};

const exported = async (
  kintsugi: Kintsugi,
  wanted: string | undefined,
  format: (typeof FORMATS)[number],
  exportedAt: string,
): Promise<string> => {
  const incidents =
    wanted === undefined ? await kintsugi.incidents(undefined, MANY) : [await findIncident(kintsugi, wanted)];
  const chains: { incidentId: string; records: readonly JournalRecord[] }[] = [];
  for (const { incidentId } of incidents) chains.push({ incidentId, records: await kintsugi.journal(incidentId) });
  if (format === 'csv') return toCsv(chains.flatMap(({ records }) => auditRows(records)));
  const { checkpoints, publicKey, tip } = await kintsugi.checkpoints();
  const { env } = kintsugi.connection;
  return `${JSON.stringify({ env, exportedAt, incidents: chains, checkpoints, tip, publicKey }, null, 2)}\n`;
};

type Lines = (record: JournalRecord, context: Context) => readonly string[];

const headOf = ({ seq, kind, at }: JournalRecord): string => `${String(seq).padStart(3)}  ${at}  ${padEnd(kind, 18)}`;

const LINES: Readonly<Record<(typeof VIEWS)[number], Lines>> = {
  runtime: (record, { colours }) => [
    `${headOf(record)}  ${String(record.latencyMs).padStart(6)} ms  ${colours.dim(`${record.agent.agent_id} ${record.agent.agent_state}`)}`,
  ],
  decision: (record, { look }) => {
    const said = decisionOf(record);
    return said === null ? [] : [headOf(record), ...said.flatMap((line) => hang('     ', line, look().width))];
  },
  proof: (record, { colours }) => [`${headOf(record)}  ${record.hash}`, colours.dim(`     after ${record.prevHash}`)],
};

const answerOf = (approval: Approval): readonly string[] => {
  const { answer, approver, answeredAt, reason } = approval;
  const who = approversOf(approval).join(' and ') || (approver ?? 'nobody');
  return [`${answer} by ${who} at ${answeredAt}`, ...(reason === null ? [] : [reason])];
};

/** What a record says of a decision; null for one that says nothing of it. */
const decisionOf = (record: JournalRecord): readonly string[] | null => {
  switch (record.kind) {
    case 'action_decided':
      return [`${record.body.plan.actionId}: ${record.body.reason}`, `plan ${record.body.planHash}`];
    case 'verdict_given':
      return [
        record.body.verdict,
        ...record.body.guards.map(({ guard, result, reason }) => `${result} by ${guard}: ${reason}`),
      ];
    case 'action_intended': {
      const { approval } = record.body;
      return approval === null ? ['nobody was asked'] : answerOf(approval);
    }
    case 'approval_answered':
      return answerOf(record.body);
    case 'attempt_explained':
      return [record.body.disposition];
    case 'incident_escalated':
      return [`escalated: ${record.body.error}`];
    default:
      return null;
  }
};
