import type { Checkpoint, CheckpointHead } from '../contracts/checkpoint.ts';
import { CheckpointSchema } from '../contracts/checkpoint.ts';
import type { EnvironmentName } from '../contracts/workload.ts';
import type { Sha256 } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import { toIso } from '../shared/units.ts';
import type { Json } from './canonical-json.ts';
import { canonicalJson } from './canonical-json.ts';
import { GENESIS_HASH } from './chain.ts';

/** Where the chain of checkpoints stands. */
export type CheckpointTip = Pick<Checkpoint, 'number' | 'hash'>;
export type UnsignedCheckpoint = Omit<Checkpoint, 'signature'>;

/** Where checkpoints are kept: the store takes a number once, the tip says which one is the newest. */
export interface CheckpointStore {
  tip(): Promise<CheckpointTip | null>;
  /** Puts it unless its number is taken; then the one that took it. */
  put(checkpoint: Checkpoint): Promise<{ readonly status: 'stored' } | { readonly status: 'taken'; by: Checkpoint }>;
  /** Moves the tip on, unless it is there or further already. */
  advance(to: CheckpointTip): Promise<void>;
}

/**
 * The next checkpoint, before it is signed.
 *
 * @param tip - the newest one, or null for an environment's first
 * @param heads - ends of chains; of several of one incident the longest counts
 */
export const nextCheckpoint = (
  tip: CheckpointTip | null,
  env: EnvironmentName,
  heads: readonly CheckpointHead[],
  at: EpochMs,
  sha256: Sha256,
): UnsignedCheckpoint => {
  const incidentIds = [...new Set(heads.map(({ incidentId }) => incidentId))].sort();
  const content = {
    schemaVersion: 1 as const,
    env,
    number: (tip?.number ?? 0) + 1,
    at: toIso(at),
    prevHash: tip?.hash ?? GENESIS_HASH,
    heads: incidentIds.map((id) => longestOf(heads.filter(({ incidentId }) => incidentId === id))),
  };
  return { ...content, hash: sha256(canonicalJson(content)) };
};

/** Of two that are as long the later one. */
const longestOf = (heads: readonly CheckpointHead[]): CheckpointHead =>
  heads.reduce((longest, head) => (head.seq >= longest.seq ? head : longest));

/** What is wrong with a checkpoint, or with a chain that it vouches for. */
export interface CheckpointFault {
  /** The checkpoint that is wrong, or that says what is missing. */
  readonly number: number;
  /** The incident whose chain is not as it was; null when the checkpoint itself is wrong. */
  readonly incidentId: string | null;
  readonly problem: string;
}

export interface CheckpointEvidence {
  /** As stored, by the number in their key; each is looked at as it is. */
  readonly checkpoints: readonly { readonly number: number; readonly content: unknown }[];
  /** Where the writer says that it is; null when it never wrote. */
  readonly tip: CheckpointTip | null;
  /** The stored records of all chains that are to be held against them: hash by incident and number. */
  readonly hashOf: (incidentId: string, seq: number) => string | undefined;
  /** Whether the signature is the environment's own, over the SHA-256 of this text. */
  readonly isSigned: (signature: Checkpoint['signature'], text: string) => boolean;
}

/**
 * Checks the checkpoints (numbers without gaps, each link, each hash, each signature, none missing at the end), and
 * every chain against what they say about its length.
 *
 * @param incidentIds - chains that are looked at; null for all
 */
export const verifyCheckpoints = (
  { checkpoints, tip, hashOf, isSigned }: CheckpointEvidence,
  sha256: Sha256,
  incidentIds: ReadonlySet<string> | null = null,
): CheckpointFault[] => {
  const faults: CheckpointFault[] = [];
  let last: { readonly number: number; readonly hash: string | null } | null = null;
  for (const { number, content } of [...checkpoints].sort((a, b) => a.number - b.number)) {
    const blame = (problem: string, incidentId: string | null = null): void => {
      faults.push({ number, incidentId, problem });
    };
    const expected: number = (last?.number ?? 0) + 1;
    if (number !== expected) blame(`checkpoint ${expected} is missing: ${number} comes after ${expected - 1}`);
    const parsed = CheckpointSchema.safeParse(content);
    if (!parsed.success) {
      blame('does not match the schema of checkpoints');
      last = { number, hash: null };
      continue;
    }
    const { signature, hash, ...rest } = parsed.data;
    if (rest.number !== number) blame(`says that it is number ${rest.number}`);
    const text = canonicalJson(rest as Json);
    if (sha256(text) !== hash) blame('content does not match its hash');
    else if (!isSigned(signature, text)) blame(`is not signed by ${signature.keyArn}`);
    if (rest.prevHash !== (last === null ? GENESIS_HASH : last.hash))
      blame('does not continue from the checkpoint before it');
    for (const { incidentId, seq, hash: recorded } of rest.heads) {
      if (incidentIds !== null && !incidentIds.has(incidentId)) continue;
      const found = hashOf(incidentId, seq);
      if (found === undefined) blame(`record ${seq} is missing: the chain was longer`, incidentId);
      else if (found !== recorded) blame(`record ${seq} is another one than was signed`, incidentId);
    }
    last = { number, hash };
  }
  if (tip !== null && (last?.number ?? 0) < tip.number) {
    faults.push({ number: tip.number, incidentId: null, problem: `checkpoint ${tip.number} is missing at the end` });
  }
  return faults;
};
