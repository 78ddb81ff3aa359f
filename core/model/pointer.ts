import type { ModelPointer, ModelRef, ModelVersion } from '../contracts/model.ts';
import { LIVE, ModelPointerSchema } from '../contracts/model.ts';
import type { Sha256 } from '../shared/ports.ts';
import type { Result } from '../shared/result.ts';
import { err, ok } from '../shared/result.ts';

/** Shares of incidents that a candidate decides, one after the other; after the last it is the champion. */
export const CANARY_SHARES = [0.1, 0.5] as const;

/** Earlier champions that are remembered. */
const REMEMBERED = 20;

/** Where an environment starts: the table that goes on learning decides. */
export const FIRST_POINTER: ModelPointer = {
  schemaVersion: 1,
  revision: 0,
  champion: LIVE,
  canary: null,
  previous: [],
  changedAt: null,
  changedBy: 'deployment',
  reason: 'nothing was promoted yet',
};

/** Who changes a pointer, when and why. */
export interface Change {
  /** ISO 8601. */
  readonly at: string;
  readonly by: string;
  readonly reason: string;
}

const changed = (
  pointer: ModelPointer,
  { at, by, reason }: Change,
  now: Pick<ModelPointer, 'champion' | 'canary' | 'previous'>,
): ModelPointer =>
  ModelPointerSchema.parse({
    ...now,
    schemaVersion: 1,
    revision: pointer.revision + 1,
    changedAt: at,
    changedBy: by,
    reason,
  });

/**
 * A candidate begins with the first share of incidents.
 *
 * @returns an error when it is the champion already, or another candidate is being tried
 */
export const startCanary = (
  pointer: ModelPointer,
  candidate: ModelVersion,
  change: Change,
): Result<ModelPointer, string> => {
  if (pointer.champion === candidate) return err(`${candidate} is the champion already`);
  if (pointer.canary !== null) {
    return err(`${pointer.canary.candidate} is being tried: widen it or roll it back first`);
  }
  const { champion, previous } = pointer;
  const canary = { candidate, share: CANARY_SHARES[0], since: change.at };
  return ok(changed(pointer, change, { champion, previous, canary }));
};

/** The next larger share; after the last one the candidate becomes the champion. */
export const widenCanary = (pointer: ModelPointer, change: Change): Result<ModelPointer, string> => {
  const { champion, previous, canary } = pointer;
  if (canary === null) return err('no candidate is being tried');
  const share = CANARY_SHARES.find((next) => next > canary.share);
  if (share !== undefined) {
    const wider = { ...canary, share, since: change.at };
    return ok(changed(pointer, change, { champion, previous, canary: wider }));
  }
  const remembered = [champion, ...previous].slice(0, REMEMBERED);
  return ok(changed(pointer, change, { champion: canary.candidate, canary: null, previous: remembered }));
};

/**
 * One step back: ends a trial, else returns to the champion before this one. Without one on record, the live table
 * decides again, so that there is always a way back.
 *
 * @returns an error only when the live table decides already and nothing is being tried
 */
export const rollBack = (pointer: ModelPointer, change: Change): Result<ModelPointer, string> => {
  const { champion, previous, canary } = pointer;
  if (canary !== null) return ok(changed(pointer, change, { champion, previous, canary: null }));
  if (champion === LIVE) return err('the live table decides: there is nothing to return from');
  const [before = LIVE, ...older] = previous;
  return ok(changed(pointer, change, { champion: before, canary: null, previous: older }));
};

/** Hashes are read as this many equally likely places. */
const PLACES = 2 ** 32;

/**
 * Which version decides an incident: the same one in all its attempts, for as long as the share does not shrink. A wider
 * share keeps the incidents of a narrower one.
 */
export const versionFor = ({ champion, canary }: ModelPointer, incidentId: string, sha256: Sha256): ModelRef => {
  if (canary === null) return champion;
  const place = Number.parseInt(sha256(`${canary.candidate}/${incidentId}`).slice(0, 8), 16) / PLACES;
  return place < canary.share ? canary.candidate : champion;
};
