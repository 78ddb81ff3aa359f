import type { TimeWindow } from '../contracts/time-window.ts';
import type { EpochMs } from '../shared/units.ts';
import { fromIso, isBefore } from '../shared/units.ts';

/** A rest that somebody asked for. */
export interface Pause {
  readonly from: string;
  readonly until: string;
  readonly pausedBy: string;
}

/**
 * The maintenance windows of a workload that rests, or no longer: windows that were registered stay as they are, and rests
 * that are over are forgotten.
 */
export const withPause = (windows: readonly TimeWindow[], pause: Pause | null, now: EpochMs): readonly TimeWindow[] => {
  const kept = windows.filter((window) => {
    if (!('until' in window) || window.pausedBy === undefined) return true;
    return pause !== null && isBefore(now, fromIso(window.until));
  });
  return pause === null ? kept : [...kept, pause];
};
