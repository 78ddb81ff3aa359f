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
export const relatedWorkloads = (workloadId: WorkloadId, registry: readonly Edges[]): readonly WorkloadId[] => {
  const down = dependenciesOf(workloadId, registry);
  const up = reach(workloadId, (id) => registry.filter((w) => calleesOf(w).includes(id)).map((w) => w.workloadId));
  return [...new Set([...down, ...up])].sort();
};

/** Workloads that `workloadId` needs, transitively, itself first, breadth first. */
export const dependenciesOf = (workloadId: WorkloadId, registry: readonly Edges[]): readonly WorkloadId[] =>
  reach(workloadId, (id) => registry.filter((w) => w.workloadId === id).flatMap(calleesOf));

const reach = (from: WorkloadId, next: (id: WorkloadId) => readonly WorkloadId[]): readonly WorkloadId[] => {
  const seen = [from];
  for (const id of seen) for (const neighbour of next(id)) if (!seen.includes(neighbour)) seen.push(neighbour);
  return seen;
};
