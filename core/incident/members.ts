import type { Workload, WorkloadId } from '../contracts/workload.ts';

type Edges = Pick<Workload, 'workloadId' | 'dependsOn' | 'seenCalls'>;

/** What a workload calls: declared, traced or observed. Any of the three is enough, because a missing edge hides a cause. */
export const calleesOf = ({ workloadId, dependsOn, seenCalls = [] }: Edges): readonly WorkloadId[] => [
  ...new Set([...dependsOn, ...seenCalls.map(({ callee }) => callee)].filter((callee) => callee !== workloadId)),
];

/**
 * A workload, everything it depends on and everything that depends on it, transitively: the workloads whose alarms one
 * fault can explain.
 *
 * @param registry - dependency edges, declared or seen; an edge to an unregistered workload is followed no further
 * @returns ids in alphabetical order, the workload itself included
 */
export const relatedWorkloads = (workloadId: WorkloadId, registry: readonly Edges[]): readonly WorkloadId[] =>
  [...new Set([...dependenciesOf(workloadId, registry), ...dependantsOf([workloadId], registry)])].sort();

/**
 * The workloads that must be known to place a signal of `workloadId`: everything related to it or to one of its dependencies,
 * because any of those may turn out to be the root of its incident, which claims what is related to that root.
 *
 * @returns ids, the workload's dependencies first
 */
export const workloadsAround = (workloadId: WorkloadId, registry: readonly Edges[]): readonly WorkloadId[] =>
  dependantsOf(dependenciesOf(workloadId, registry), registry);

/** Workloads that `workloadId` needs, transitively, itself first, breadth first. */
export const dependenciesOf = (workloadId: WorkloadId, registry: readonly Edges[]): readonly WorkloadId[] =>
  reach([workloadId], (id) => registry.filter((w) => w.workloadId === id).flatMap(calleesOf));

const dependantsOf = (workloadIds: readonly WorkloadId[], registry: readonly Edges[]): readonly WorkloadId[] =>
  reach(workloadIds, (id) => registry.filter((w) => calleesOf(w).includes(id)).map((w) => w.workloadId));

const reach = (from: readonly WorkloadId[], next: (id: WorkloadId) => readonly WorkloadId[]): readonly WorkloadId[] => {
  const seen = [...from];
  for (const id of seen) for (const neighbour of next(id)) if (!seen.includes(neighbour)) seen.push(neighbour);
  return seen;
};
