import type { Workload, WorkloadId } from '../contracts/workload.ts';

type Edges = Pick<Workload, 'workloadId' | 'dependsOn'>;

/**
 * A workload, everything it depends on and everything that depends on it, transitively: the workloads whose alarms one
 * fault can explain.
 *
 * @param registry - declared dependency edges; an edge to an unregistered workload is followed no further
 * @returns ids in alphabetical order, the workload itself included
 */
export const relatedWorkloads = (workloadId: WorkloadId, registry: readonly Edges[]): readonly WorkloadId[] => {
  const down = reach(workloadId, (id) => registry.find((w) => w.workloadId === id)?.dependsOn ?? []);
  const up = reach(workloadId, (id) => registry.filter((w) => w.dependsOn.includes(id)).map((w) => w.workloadId));
  return [...new Set([...down, ...up])].sort();
};

/** Workloads that `workloadId` needs, transitively, itself first, breadth first. */
export const dependenciesOf = (workloadId: WorkloadId, registry: readonly Edges[]): readonly WorkloadId[] =>
  reach(workloadId, (id) => registry.find((w) => w.workloadId === id)?.dependsOn ?? []);

const reach = (from: WorkloadId, next: (id: WorkloadId) => readonly WorkloadId[]): readonly WorkloadId[] => {
  const seen = [from];
  for (const id of seen) for (const neighbour of next(id)) if (!seen.includes(neighbour)) seen.push(neighbour);
  return seen;
};

/**
 * The workload that an incident is about: of those in alarm, one that depends on no other in alarm. A fault travels
 * from callee to caller, so what is deepest explains the rest.
 *
 * @param alarmed - ids in alarm now; when empty, the answer is the workload that signalled
 */
export const rootOf = (
  signalled: WorkloadId,
  alarmed: readonly WorkloadId[],
  registry: readonly Edges[],
): WorkloadId => {
  const reachable = dependenciesOf(signalled, registry).filter((id) => alarmed.includes(id));
  const deepest = reachable.find((id) =>
    dependenciesOf(id, registry).every((other) => other === id || !alarmed.includes(other)),
  );
  return deepest ?? signalled;
};
