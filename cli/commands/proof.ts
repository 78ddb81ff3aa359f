import type { Command } from 'commander';
import type { Incident } from '../../core/contracts/incident.ts';
import { CheckpointSchema } from '../../core/contracts/checkpoint.ts';
import type { ChainFault } from '../../core/journal/chain.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import type { CheckpointFault } from '../../core/journal/checkpoint.ts';
import { verifyCheckpoints } from '../../core/journal/checkpoint.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import type { Context } from '../context.ts';
import { signatureCheck } from '../system/checkpoints.ts';
import { CliError } from '../system/cli-error.ts';
import { findIncident } from '../system/find-incident.ts';
import type { Kintsugi } from '../system/kintsugi.ts';
import { addProofExport } from './proof-export.ts';

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
  /** The newest checkpoint that vouches for the chain; null when none does yet. */
  readonly checkpoint: number | null;
  readonly faults: readonly (ChainFault & { readonly kind: string | null })[];
}

/** What was found about checkpoints themselves. */
interface CheckpointReport {
  readonly checkpoints: number;
  readonly faults: readonly CheckpointFault[];
}

const MANY = 100;

const HELP = `
Every record carries the hash of its content and of the record before it: a changed, inserted, removed or
reordered record breaks the chain, and so does an incident that is over without its last record. Checkpoints,
signed by a key that does not leave KMS and locked in S3, say how long each chain was: a shortened or deleted
one is missed.

Exit code 0: every chain is sound. 2: at least one is broken.

Examples:
  kintsugi proof verify latest
  kintsugi proof verify --all --json`;

export const addProof = (program: Command, context: Context): void => {
  const proof = program
    .command('proof')
    .summary('check, show and export the records')
    .description('The records: whether they are whole, what they say, and how an auditor gets them.');
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
        const { incidents, signed } =
          wanted === undefined ? await verifyAll(kintsugi) : await verifyOne(kintsugi, wanted);
        const isSound = signed.faults.length === 0 && incidents.every(({ sound }) => sound);
        if (options.json === true) context.printJson({ sound: isSound, incidents, ...signed });
        else context.print([...lines(incidents, context), ...checkpointLines(signed, context)]);
        context.finish(isSound ? 0 : 2);
      });
    });
  addProofExport(proof, context);
};

interface Verified {
  readonly incidents: readonly ProofReport[];
  readonly signed: CheckpointReport;
}

const verifyOne = async (kintsugi: Kintsugi, wanted: string): Promise<Verified> => {
  const incident = await findIncident(kintsugi, wanted);
  const id = incident.incidentId;
  const records = await kintsugi.storedRecords(id);
  return withCheckpoints([reportOf(id, records, incident)], new Map([[id, records]]), kintsugi, new Set([id]));
};

const verifyAll = async (kintsugi: Kintsugi): Promise<Verified> => {
  const [records, newest] = await Promise.all([kintsugi.allStoredRecords(), kintsugi.incidents(undefined, MANY)]);
  const chains = new Map<string, RawRecord[]>();
  for (const record of records) {
    const id = String(record['incidentId']);
    chains.set(id, [...(chains.get(id) ?? []), record]);
  }
  const known = new Map(newest.map((incident) => [incident.incidentId, incident]));
  const ids = [...new Set([...chains.keys(), ...known.keys()])].sort();
  const reports = await Promise.all(
    ids.map(async (id) => reportOf(id, chains.get(id) ?? [], known.get(id) ?? (await kintsugi.incident(id)))),
  );
  return withCheckpoints(reports, chains, kintsugi, null);
};

/** Holds chains against the checkpoints: what one of them says of a chain is a fault of that chain. */
const withCheckpoints = async (
  reports: readonly ProofReport[],
  chains: ReadonlyMap<string, readonly RawRecord[]>,
  kintsugi: Kintsugi,
  ids: ReadonlySet<string> | null,
): Promise<Verified> => {
  const { checkpoints, publicKey, tip } = await kintsugi.checkpoints();
  const hashOf = (id: string, seq: number): string | undefined => {
    const found = chains.get(id)?.find((record) => Number(record['seq']) === seq)?.['hash'];
    return typeof found === 'string' ? found : undefined;
  };
  const isSigned = signatureCheck(publicKey);
  const faults = verifyCheckpoints({ checkpoints, tip, hashOf, isSigned }, sha256, ids);
  const vouched = newestCheckpoints(checkpoints);
  const lost = faults.filter(
    ({ incidentId }) => incidentId !== null && !reports.some((r) => r.incidentId === incidentId),
  );
  const empty = [...new Set(lost.map(({ incidentId }) => String(incidentId)))].map((id) => reportOf(id, [], null));
  const incidents = [...reports, ...empty].map((report): ProofReport => {
    const own = faults
      .filter(({ incidentId }) => incidentId === report.incidentId)
      .map(({ number, problem }) => ({
        seq: report.records,
        kind: null,
        problem: `${problem} (checkpoint ${number})`,
      }));
    return {
      ...report,
      checkpoint: vouched.get(report.incidentId) ?? null,
      sound: report.sound && own.length === 0,
      faults: [...report.faults, ...own],
    };
  });
  const ofThemselves = faults.filter(({ incidentId }) => incidentId === null);
  return { incidents, signed: { checkpoints: checkpoints.length, faults: ofThemselves } };
};

const newestCheckpoints = (
  checkpoints: readonly { readonly number: number; readonly content: unknown }[],
): ReadonlyMap<string, number> => {
  const newest = new Map<string, number>();
  for (const { number, content } of checkpoints) {
    const parsed = CheckpointSchema.safeParse(content);
    for (const { incidentId } of parsed.data?.heads ?? []) {
      newest.set(incidentId, Math.max(number, newest.get(incidentId) ?? 0));
    }
  }
  return newest;
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
  return { incidentId, records: records.length, sound: faults.length === 0, checkpoint: null, faults };
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
      `${report.sound ? colours.green('●') : colours.red('✘')} ${report.incidentId}  ${report.records} records${report.sound ? `, sound, ${report.checkpoint === null ? 'not signed yet' : `signed by checkpoint ${report.checkpoint}`}` : ''}`,
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

const checkpointLines = ({ checkpoints, faults }: CheckpointReport, { colours }: Context): string[] =>
  faults.length === 0
    ? [`${checkpoints} ${checkpoints === 1 ? 'checkpoint' : 'checkpoints'}: all signed, none missing.`]
    : faults.map(({ number, problem }) => colours.red(`✘ checkpoint ${number}: ${problem}`));
