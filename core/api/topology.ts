import type * as z from 'zod';
import type { TopologySchema, WorkloadStatusSchema } from '../contracts/api/workloads.ts';
import type { Incident } from '../contracts/incident.ts';
import type { Workload } from '../contracts/workload.ts';
import { calleesOf } from '../incident/members.ts';

type Status = z.output<typeof WorkloadStatusSchema>;

/** How each workload is doing, by the incidents that are open. */
export const statusesOf = (workloads: readonly Workload[], open: readonly Incident[]): Status[] =>
  [...workloads]
    .sort((a, b) => a.workloadId.localeCompare(b.workloadId))
    .map((workload) => {
      const incident = open.find(({ workloadId }) => workloadId === workload.workloadId);
      const condition =
        incident === undefined ? 'well' : incident.status === 'awaiting_approval' ? 'asking' : 'healing';
      return { workload, condition, openIncidentId: incident?.incidentId ?? null };
    });

/** The graph of workloads, declared and seen; a dependency that nobody watches is an edge to nowhere, and says so. */
export const topologyOf = (statuses: readonly Status[]): z.output<typeof TopologySchema> => {
  const known = new Set(statuses.map(({ workload }) => workload.workloadId));
  return {
    nodes: statuses.map(({ workload, condition, openIncidentId }) => ({
      workloadId: workload.workloadId,
      kind: workload.kind,
      tier: workload.tier,
      owner: workload.owner,
      criticality: workload.criticality,
      condition,
      openIncidentId,
    })),
    edges: statuses.flatMap(({ workload }) =>
      calleesOf(workload).map((to) => ({
        from: workload.workloadId,
        to,
        registered: known.has(to),
        declared: workload.dependsOn.includes(to),
        seen: (workload.seenCalls ?? []).flatMap(({ callee, ...seen }) => (callee === to ? [seen] : [])),
      })),
    ),
  };
};
