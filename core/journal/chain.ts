import type { AgentStamp } from '../contracts/agent.ts';
import type { JournalEntry, JournalRecord } from '../contracts/journal.ts';
import { JournalRecordSchema } from '../contracts/journal.ts';
import type { ChainHead } from '../contracts/loop-state.ts';
import type { EnvironmentName } from '../contracts/workload.ts';
import type { Sha256 } from '../shared/ports.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import { toIso } from '../shared/units.ts';
import type { Json } from './canonical-json.ts';
import { canonicalJson } from './canonical-json.ts';
import { redact } from './redact.ts';

/** `prevHash` of an incident's first record: nothing came before it. */
export const GENESIS_HASH = '0'.repeat(64);

/** Everything a record says besides its body. */
export interface RecordContext {
  readonly env: EnvironmentName;
  readonly incidentId: string;
  readonly correlationId: string;
  readonly attempt: number;
  readonly agent: AgentStamp;
  readonly at: EpochMs;
  readonly latency: DurationMs;
}

/**
 * The next record of an incident's chain.
 *
 * Its number and its `prevHash` come from the head that the caller was given, never from a read: two writers that
 * continue from the same head want the same place, and only one can have it. Credentials and personal data in its texts
 * are redacted before they are hashed.
 *
 * @param head - newest record of the chain, or null for the incident's first
 */
export const nextRecord = (
  head: ChainHead | null,
  context: RecordContext,
  entry: JournalEntry,
  sha256: Sha256,
): JournalRecord => {
  const unsigned = {
    schemaVersion: 1 as const,
    env: context.env,
    incidentId: context.incidentId,
    seq: head === null ? 0 : head.seq + 1,
    attempt: context.attempt,
    at: toIso(context.at),
    latencyMs: Math.round(context.latency),
    agent: context.agent,
    correlationId: context.correlationId,
    prevHash: head === null ? GENESIS_HASH : head.hash,
    ...redact(entry),
  };
  return JournalRecordSchema.parse({ ...unsigned, hash: hashOf(unsigned, sha256) });
};

/** SHA-256 over the canonical JSON of a record without its own hash. */
export const hashOf = (record: Readonly<Record<string, unknown>>, sha256: Sha256): string => {
  const { hash: _, ...content } = record;
  return sha256(canonicalJson(content as Json));
};

export const headOf = (record: JournalRecord): ChainHead => ({ seq: record.seq, hash: record.hash });

/** What is wrong with a chain, and where. */
export interface ChainFault {
  readonly seq: number;
  readonly problem: string;
}

/**
 * Checks a whole chain: numbers without gaps from 0, each record's hash over its content, each link to the one before,
 * one incident throughout. An attempt's end must be the last record once the incident is closed, which the caller knows.
 *
 * @param records - as stored, in any order; each is looked at as it is, without trusting its schema
 * @returns every fault found, by position; empty for a sound chain
 */
export const verifyChain = (records: readonly Readonly<Record<string, unknown>>[], sha256: Sha256): ChainFault[] => {
  const ordered = [...records].sort((a, b) => Number(a['seq']) - Number(b['seq']));
  const [incidentId] = ordered.map((record) => record['incidentId']);
  return ordered.flatMap((record, index) => {
    const previous = ordered[index - 1];
    const expected = previous === undefined ? 0 : Number(previous['seq']) + 1;
    const problems = [
      record['seq'] !== expected && `expected record number ${expected}, found ${String(record['seq'])}`,
      !JournalRecordSchema.safeParse(record).success && 'does not match the record schema',
      record['hash'] !== safeHash(record, sha256) && 'content does not match its hash',
      record['prevHash'] !== (previous?.['hash'] ?? GENESIS_HASH) && 'does not continue from the record before it',
      record['incidentId'] !== incidentId && `belongs to incident ${String(record['incidentId'])}`,
    ];
    return problems.flatMap((problem) => (problem ? [{ seq: expected, problem }] : []));
  });
};

const safeHash = (record: Readonly<Record<string, unknown>>, sha256: Sha256): string | null => {
  try {
    return hashOf(record, sha256);
  } catch {
    return null;
  }
};
