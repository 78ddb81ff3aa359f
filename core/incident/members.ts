import type { Workload, WorkloadId } from '../contracts/workload.ts';

/**
 * Most workloads that one incident has as members. Its last transaction has at most a hundred items: besides a pointer for each
 * member there are 5 of the attempt, 2 events, and for each of them the rows of 17 hypotheses and the ledgers of 3 attempts.
 */
export const MAX_MEMBERS = 50;

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

/** As many of the related workloads as one incident can have, the root among them. */
export const atMostMembers = (root: WorkloadId, related: readonly WorkloadId[]): readonly WorkloadId[] =>
  [root, ...related.filter((member) => member !== root)].slice(0, MAX_MEMBERS).sort();

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
