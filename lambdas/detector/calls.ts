import type { Workload, WorkloadId } from '../../core/contracts/workload.ts';
import type { CallSource, SeenCallStore } from '../../core/shared/ports.ts';
import type { EpochMs } from '../../core/shared/units.ts';
import { after, durationMs, minutes } from '../../core/shared/units.ts';
import type { CallCount } from '../../core/topology/seen-calls.ts';
import { isNews, rememberCalls } from '../../core/topology/seen-calls.ts';

export interface CallsDeps {
  /** All workloads of the environment: those that are called belong to other apps as well. */
  readonly registry: () => Promise<readonly Workload[]>;
  readonly traced: CallSource;
  readonly observed: CallSource;
  readonly store: SeenCallStore;
}

/** One look at who calls whom. */
export interface CallLook {
  /** Workloads whose callees are new, gone, or seen again after a while. */
  readonly stored: readonly WorkloadId[];
  /** What could not be read, in words: then nothing is forgotten and nothing is learned from it. */
  readonly notSeen: readonly string[];
}

/** How far back a look goes: as long as the usual pause between two, and X-Ray shows a trace a minute late. */
const LOOK_BACK = minutes(6);

/** Learns which workloads call which others, for those that asked for it. */
export const learnCalls = async (
  workloads: readonly Workload[],
  now: EpochMs,
  { registry, traced, observed, store }: CallsDeps,
): Promise<CallLook> => {
  const asking = workloads.filter(({ detection }) => detection?.calls !== undefined);
  if (asking.length === 0) return { stored: [], notSeen: [] };
  const window = { from: after(now, durationMs(-LOOK_BACK)), to: now };
  const all = await registry();
  const notSeen: string[] = [];
  const read = async (
    what: string,
    source: CallSource,
    callers: readonly Workload[],
  ): Promise<readonly CallCount[]> => {
    if (callers.length === 0) return [];
    try {
      return await source.read(callers, all, window);
    } catch (error) {
      notSeen.push(`${what}: ${String(error)}`);
      return [];
    }
  };
  const counted = await Promise.all([
    read(
      'traces',
      traced,
      asking.filter(({ detection }) => detection?.calls?.traced === true),
    ),
    read(
      'calls',
      observed,
      asking.filter(({ detection }) => (detection?.calls?.observed ?? null) !== null),
    ),
  ]);
  const calls = counted.flat();
  const stored = await Promise.all(
    asking.map(async ({ workloadId, seenCalls = [] }) => {
      const own = calls.filter(({ caller }) => caller === workloadId);
      const next = rememberCalls(seenCalls, own, window);
      if (!isNews(seenCalls, next)) return [];
      await store.save(workloadId, next);
      return [workloadId];
    }),
  );
  return { stored: stored.flat(), notSeen };
};
