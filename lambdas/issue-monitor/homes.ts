import type { Signal } from '../../core/contracts/signal.ts';
import type { WorkloadId } from '../../core/contracts/workload.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { elapsed, isLonger, minutes } from '../../core/shared/units.ts';

/** Longer than most incidents last. That one is over is noticed by the store, whatever is remembered here. */
const MEMORY = minutes(5);

/**
 * Which incident the signals of a workload went to lately, as one running function remembers it: in a storm the second
 * signal of a workload needs one write and no looking around.
 */
export interface Homes {
  /** Null when it is not known, or when the signal is worse than what the incident has seen, which must be looked at. */
  of(signal: Signal, now: EpochMs): string | null;
  remember(signals: readonly Signal[], incidentId: string, now: EpochMs): void;
  forget(signals: readonly Signal[]): void;
}

export const rememberedHomes = (): Homes => {
  const homes = new Map<WorkloadId, { readonly incidentId: string; readonly severity: number; readonly at: EpochMs }>();
  return {
    of: ({ workloadId, severity }, now) => {
      const home = homes.get(workloadId);
      if (home === undefined || severity > home.severity || isLonger(elapsed(home.at, now), MEMORY)) return null;
      return home.incidentId;
    },
    remember: (signals, incidentId, at) => {
      for (const { workloadId, severity } of signals) {
        const known = homes.get(workloadId);
        const highest = known?.incidentId === incidentId ? Math.max(known.severity, severity) : severity;
        homes.set(workloadId, { incidentId, severity: highest, at });
      }
    },
    forget: (signals) => {
      for (const { workloadId } of signals) homes.delete(workloadId);
    },
  };
};
