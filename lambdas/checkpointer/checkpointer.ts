import type { Checkpoint, CheckpointHead } from '../../core/contracts/checkpoint.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { CheckpointStore } from '../../core/journal/checkpoint.ts';
import { nextCheckpoint } from '../../core/journal/checkpoint.ts';
import type { Clock, Sha256 } from '../../core/shared/ports.ts';

export interface CheckpointerDeps {
  readonly clock: Clock;
  readonly env: EnvironmentName;
  readonly sha256: Sha256;
  readonly store: CheckpointStore;
  /** Signs a digest, 64 hex digits, with the environment's key. */
  readonly sign: (digest: string) => Promise<Checkpoint['signature']>;
}

/** Other writers take numbers in front of us; more of them than this means that something else is wrong. */
const MAX_TRIES = 10;

/**
 * Signs and keeps the ends of chains.
 *
 * Safe to run again on the same heads: a second checkpoint says the same. A crash between the checkpoint and the tip is
 * mended by the next run, which finds the number taken and goes on behind it.
 *
 * @throws Error when other writers were faster every time, so that the stream delivers the heads again
 */
export const keepCheckpoint = async (
  heads: readonly CheckpointHead[],
  deps: CheckpointerDeps,
): Promise<Checkpoint | null> => {
  if (heads.length === 0) return null;
  let tip = await deps.store.tip();
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    const unsigned = nextCheckpoint(tip, deps.env, heads, deps.clock.now(), deps.sha256);
    const checkpoint: Checkpoint = { ...unsigned, signature: await deps.sign(unsigned.hash) };
    const put = await deps.store.put(checkpoint);
    tip = put.status === 'stored' ? checkpoint : put.by;
    await deps.store.advance({ number: tip.number, hash: tip.hash });
    if (put.status === 'stored') return checkpoint;
  }
  throw new Error(`checkpoint ${(tip?.number ?? 0) + 1}: other writers were faster ${MAX_TRIES} times`);
};
