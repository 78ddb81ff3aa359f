import type { TimeWindow } from '../contracts/time-window.ts';
import { fromIso, isBefore } from '../shared/units.ts';

/** A rest that somebody asked for. */
export interface Pause {
  readonly from: string;
  readonly until: string;
  readonly pausedBy: string;
}

/**
 * The maintenance windows of a workload that rests, or no longer. Windows that were registered stay as they are; of the
 * rests only the one that ends last is kept, so that they never become too many to be stored.
 *
 * @param pause - begins now, as all rests did; null ends them
 */
export const withPause = (windows: readonly TimeWindow[], pause: Pause | null): readonly TimeWindow[] => {
  const kept = windows.filter((window) => !isPause(window));
  if (pause === null) return kept;
  const last = windows
    .filter(isPause)
    .reduce((longest, one) => (isBefore(fromIso(longest.until), fromIso(one.until)) ? one : longest), pause);
  return [...kept, last];
};

const isPause = (window: TimeWindow): window is Pause => 'until' in window && window.pausedBy !== undefined;
