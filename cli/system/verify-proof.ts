import { createHash, createPublicKey } from 'node:crypto';
import type { Incident } from '../../core/contracts/incident.ts';
import { CheckpointSchema } from '../../core/contracts/checkpoint.ts';
import type { ChainFault } from '../../core/journal/chain.ts';
import { verifyChain } from '../../core/journal/chain.ts';
import type { CheckpointFault } from '../../core/journal/checkpoint.ts';
import { verifyCheckpoints } from '../../core/journal/checkpoint.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { signatureCheck } from './checkpoints.ts';
import { CliError } from './cli-error.ts';
import { findIncident } from './find-incident.ts';
import { readExport } from './journal-file.ts';
import type { Kintsugi } from './kintsugi.ts';

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
export interface CheckpointReport {
  readonly checkpoints: number;
  readonly faults: readonly CheckpointFault[];
}

/** Newest incidents whose status is asked for at once. */
const MANY = 100;

export interface Verified {
  readonly incidents: readonly ProofReport[];
  readonly signed: CheckpointReport;
}

export const verifyOne = async (kintsugi: Kintsugi, wanted: string): Promise<Verified> => {
  const incident = await findIncident(kintsugi, wanted);
  const id = incident.incidentId;
  const records = await kintsugi.storedRecords(id);
  const chains = new Map([[id, records]]);
  return withCheckpoints([reportOf(id, records, incident)], chains, await kintsugi.checkpoints(), new Set([id]));
};

export const verifyAll = async (kintsugi: Kintsugi): Promise<Verified> => {
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
  return withCheckpoints(reports, chains, await kintsugi.checkpoints(), null);
};

/**
 * Checks an exported file by what it holds itself. Whether an incident is over it does not say: only a checkpoint tells that
 * records are missing at an end.
 *
 * @throws CliError for a file that holds no export, or an incident twice
 */
export const verifyFile = async (file: string): Promise<Verified & { readonly keyFingerprint: string | null }> => {
  const exported = await readExport(file);
  const chains = new Map(exported.incidents.map(({ incidentId, records }) => [incidentId, records]));
  if (chains.size < exported.incidents.length) throw new CliError(`${file} holds an incident more than once.`);
  const reports = exported.incidents.map(({ incidentId, records }) => reportOf(incidentId, records, 'unknown'));
  const keyFingerprint = exported.publicKey === null ? null : fingerprintOf(exported.publicKey, file);
  return { ...withCheckpoints(reports, chains, exported, new Set(chains.keys())), keyFingerprint };
};

/** SHA-256 of the key's DER form, as `openssl dgst` tells it of what KMS returns. */
const fingerprintOf = (pem: string, file: string): string => {
  try {
    const der = createPublicKey(pem).export({ type: 'spki', format: 'der' });
    return createHash('sha256').update(der).digest('hex');
  } catch (cause) {
    throw new CliError(`${file}: its publicKey is no key in PEM form.`, { cause });
  }
};

/** Holds chains against the checkpoints: what one of them says of a chain is a fault of that chain. */
const withCheckpoints = (
  reports: readonly ProofReport[],
  chains: ReadonlyMap<string, readonly RawRecord[]>,
  { checkpoints, publicKey, tip }: Awaited<ReturnType<Kintsugi['checkpoints']>>,
  ids: ReadonlySet<string> | null,
): Verified => {
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
const reportOf = (
  incidentId: string,
  records: readonly RawRecord[],
  incident: Incident | 'unknown' | null,
): ProofReport => {
  const last = [...records].sort((a, b) => Number(a['seq']) - Number(b['seq'])).at(-1);
  const closed = incident === 'unknown' || incident?.closedAt == null ? null : incident.status;
  const missing: ChainFault[] = [];
  if (last === undefined) missing.push({ seq: 0, problem: 'there is no record at all' });
  else if (closed !== null && !isEnd(last)) {
    missing.push({
      seq: Number(last['seq']) + 1,
      problem: `the incident is ${closed}, but its last record is missing`,
    });
  }
  if (last !== undefined && last['incidentId'] !== incidentId) {
    missing.push({ seq: 0, problem: `the chain is of ${String(last['incidentId'])}` });
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
