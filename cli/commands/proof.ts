import type { Command } from 'commander';
import type { Incident } from '../../core/contracts/incident.ts';
import type { ChainFault } from '../../core/journal/chain.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import type { Context } from '../context.ts';
import { CliError } from '../system/cli-error.ts';
import { findIncident } from '../system/find-incident.ts';
import type { Kintsugi } from '../system/kintsugi.ts';

interface Options {
  readonly all?: boolean;
  readonly json?: boolean;
}

type RawRecord = Readonly<Record<string, unknown>>;

/** What was found about one incident's chain. */
export interface ProofReport {
  readonly incidentId: string;
  readonly records: number;
  readonly sound: boolean;
  readonly faults: readonly (ChainFault & { readonly kind: string | null })[];
}

const MANY = 100;

const HELP = `
Every record carries the hash of its content and of the record before it: a changed, inserted, removed or
reordered record breaks the chain, and so does an incident that is over without its last record.

Exit code 0: every chain is sound. 2: at least one is broken.

Examples:
  kintsugi proof verify latest
  kintsugi proof verify --all --json`;

export const addProof = (program: Command, context: Context): void => {
  const proof = program
    .command('proof')
    .summary('check the records')
    .description('The records, and whether they are whole.');
  proof
    .command('verify')
    .summary('check that no record was changed')
    .description("Checks the hash chain of an incident's records, or of all.")
    .argument('[incident]', "id, unique part of one, or 'latest'")
    .option('--all', 'every incident')
    .option('--json', 'print JSON')
    .addHelpText('after', HELP)
    .action((wanted: string | undefined, options: Options, command: Command) => {
      if ((wanted === undefined) === (options.all !== true)) throw new CliError('name one incident, or say --all.');
      return context.withKintsugi(command, async (kintsugi) => {
        const reports = wanted === undefined ? await verifyAll(kintsugi) : [await verifyOne(kintsugi, wanted)];
        const isSound = reports.every(({ sound }) => sound);
        if (options.json === true) context.printJson({ sound: isSound, incidents: reports });
        else context.print(lines(reports, context));
        context.finish(isSound ? 0 : 2);
      });
    });
};

const verifyOne = async (kintsugi: Kintsugi, wanted: string): Promise<ProofReport> => {
  const incident = await findIncident(kintsugi, wanted);
  return reportOf(incident.incidentId, await kintsugi.storedRecords(incident.incidentId), incident);
};

const verifyAll = async (kintsugi: Kintsugi): Promise<readonly ProofReport[]> => {
  const [records, newest] = await Promise.all([kintsugi.allStoredRecords(), kintsugi.incidents(undefined, MANY)]);
  const chains = new Map<string, RawRecord[]>();
  for (const record of records) {
    const id = String(record['incidentId']);
    chains.set(id, [...(chains.get(id) ?? []), record]);
  }
  const known = new Map(newest.map((incident) => [incident.incidentId, incident]));
  const ids = [...new Set([...chains.keys(), ...known.keys()])].sort();
  return Promise.all(
    ids.map(async (id) => reportOf(id, chains.get(id) ?? [], known.get(id) ?? (await kintsugi.incident(id)))),
  );
};

/**
 * What is wrong with one chain. An incident that is over must end with a record that says so: records that are missing
 * at the end leave a sound but shorter chain.
 */
export const reportOf = (incidentId: string, records: readonly RawRecord[], incident: Incident | null): ProofReport => {
  const last = [...records].sort((a, b) => Number(a['seq']) - Number(b['seq'])).at(-1);
  const isOver = incident !== null && incident.closedAt !== null;
  const missing: ChainFault[] = [];
  if (last === undefined) missing.push({ seq: 0, problem: 'there is no record at all' });
  else if (isOver && !isEnd(last)) {
    missing.push({
      seq: Number(last['seq']) + 1,
      problem: `the incident is ${incident.status}, but its last record is missing`,
    });
  }
  if (incident === null) missing.push({ seq: 0, problem: 'the incident itself is missing' });
  const kindOf = (seq: number): string | null => {
    const kind = records.find((record) => Number(record['seq']) === seq)?.['kind'];
    return typeof kind === 'string' ? kind : null;
  };
  const faults = [...verifyChain(records, sha256), ...missing].map((fault) => ({ ...fault, kind: kindOf(fault.seq) }));
  return { incidentId, records: records.length, sound: faults.length === 0, faults };
};

const isEnd = (record: RawRecord): boolean => {
  if (record['kind'] === 'incident_escalated') return true;
  const body = record['body'] as { readonly disposition?: unknown } | null | undefined;
  return record['kind'] === 'attempt_explained' && body?.disposition !== 'retry';
};

const lines = (reports: readonly ProofReport[], { colours }: Context): string[] => {
  if (reports.length === 0) return ['There are no records yet.'];
  const broken = reports.filter(({ sound }) => !sound).length;
  const records = reports.reduce((sum, report) => sum + report.records, 0);
  return [
    ...reports.flatMap((report) => [
      `${report.sound ? colours.green('●') : colours.red('✘')} ${report.incidentId}  ${report.records} records${report.sound ? ', sound' : ''}`,
      ...report.faults.map(({ seq, kind, problem }) =>
        colours.red(`    record ${seq}${kind === null ? '' : ` (${kind})`}: ${problem}`),
      ),
    ]),
    '',
    broken === 0
      ? `${reports.length} of ${reports.length} chains are sound: ${records} records, none changed, none missing.`
      : colours.red(`${broken} of ${reports.length} chains are broken.`),
  ];
};
