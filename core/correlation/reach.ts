import type { DependencyGraph } from './shapes.ts';

/** Hops from a workload to everything it depends on; the workload itself is at 0. */
export type Hops = ReadonlyMap<string, number>;

/** Answers `hopsFrom(workload)`, each workload's walk done once. */
export const reachability = (topology: DependencyGraph): ((workloadId: string) => Hops) => {
  const callees = new Map<string, string[]>();
  for (const [caller, callee] of topology.edges) {
    const known = callees.get(caller);
    if (known === undefined) callees.set(caller, [callee]);
    else known.push(callee);
  }
  const walked = new Map<string, Hops>();
  return (workloadId) => {
    const known = walked.get(workloadId);
    if (known !== undefined) return known;
    const hops = new Map([[workloadId, 0]]);
    // A map yields what is added while it is walked: breadth first, so the first distance found is the shortest.
    for (const [node, distance] of hops) {
      for (const callee of callees.get(node) ?? []) if (!hops.has(callee)) hops.set(callee, distance + 1);
    }
    walked.set(workloadId, hops);
    return hops;
  };
};
