import * as z from 'zod';
import type { Sample } from '../shared/ports.ts';
import type { Reason } from './reason.ts';

/** Samples that a new level must last to count as the normal one: as long as a burst is not reported again. */
const ACCEPTED_AFTER = 100;
/** Share of samples back in the old range with which the level has not shifted after all. */
const BACK_SHARE = 0.2;
/** Samples before that is judged. */
const JUDGED_AFTER = 20;

/** A level that was reported as new and is being watched: does it stay? */
export const LevelShiftSchema = z.object({
  /** The reported sample, ms. */
  since: z.number(),
  /** What was usual before. */
  low: z.number(),
  high: z.number(),
  inside: z.int().nonnegative(),
  outside: z.int().nonnegative(),
});
export type LevelShift = z.output<typeof LevelShiftSchema>;

/** Starts to watch what was reported. */
export const beginShift = ({ at }: Sample, { usual }: Reason): LevelShift => ({
  since: at,
  ...usual,
  inside: 0,
  outside: 1,
});

/**
 * Whether a new level lasts.
 *
 * @returns `accepted`: it is the normal one now; `over`: the old one is back; else the watch goes on
 */
export const followShift = (shift: LevelShift, value: number): LevelShift | 'accepted' | 'over' => {
  const isBack = value >= shift.low && value <= shift.high;
  const next = { ...shift, inside: shift.inside + (isBack ? 1 : 0), outside: shift.outside + (isBack ? 0 : 1) };
  const seen = next.inside + next.outside;
  if (seen >= JUDGED_AFTER && next.inside > BACK_SHARE * seen) return 'over';
  return next.outside >= ACCEPTED_AFTER ? 'accepted' : next;
};
