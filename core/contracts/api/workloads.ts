import * as z from 'zod';
import { IncidentIdSchema } from '../loop-state.ts';
import { CriticalitySchema, MetricRoleSchema, SeenCallSchema, WorkloadIdSchema, WorkloadSchema } from '../workload.ts';
import type { RouteSpec } from './route.ts';
import { nextCursor, pageQuery } from './route.ts';

/** `healing`: an incident is open; `asking`: it waits for a person; `well`: none is. */
export const WorkloadConditionSchema = z.enum(['well', 'healing', 'asking']);

export const WorkloadStatusSchema = z.object({
  workload: WorkloadSchema,
  condition: WorkloadConditionSchema,
  openIncidentId: IncidentIdSchema.nullable(),
});
export const WorkloadListSchema = z.object({ workloads: z.array(WorkloadStatusSchema) });
export const WorkloadPathSchema = z.object({ id: WorkloadIdSchema });

export const TopologySchema = z.object({
  nodes: z.array(
    z.object({
      workloadId: WorkloadIdSchema,
      kind: z.string(),
      tier: z.string(),
      owner: z.string(),
      criticality: CriticalitySchema,
      condition: WorkloadConditionSchema,
      openIncidentId: IncidentIdSchema.nullable(),
    }),
  ),
  /** `from` calls, and so depends on, `to`; `registered` is false for a dependency that nobody watches. */
  edges: z.array(
    z.object({
      from: WorkloadIdSchema,
      to: WorkloadIdSchema,
      registered: z.boolean(),
      /** Whether the owner said so. */
      declared: z.boolean(),
      /** How it was seen at work, one entry per source; none: it is declared only. */
      seen: z.array(SeenCallSchema.omit({ callee: true })),
    }),
  ),
});

/** At most six hours, and by default the last fifteen minutes. */
export const SeriesQuerySchema = z.strictObject({
  since: z.iso.datetime().optional(),
  until: z.iso.datetime().optional(),
});
export const SeriesSchema = z.object({
  workloadId: WorkloadIdSchema,
  since: z.iso.datetime(),
  until: z.iso.datetime(),
  periodSeconds: z.int(),
  /** Oldest sample first, in the metric's own unit; a role that is measured and has no samples is an empty list. */
  series: z.array(
    z.object({ role: MetricRoleSchema, samples: z.array(z.object({ at: z.iso.datetime(), value: z.number() })) }),
  ),
});

/** A change of a workload, as its own service reported it. */
export const DeploymentSchema = z.object({
  workloadId: WorkloadIdSchema,
  deploymentId: z.string(),
  at: z.iso.datetime(),
  status: z.string(),
  summary: z.string(),
});
export const DeploymentListSchema = z.object({ deployments: z.array(DeploymentSchema), nextCursor });

export const workloadRoutes = {
  listWorkloads: {
    method: 'GET',
    path: '/workloads',
    role: 'viewer',
    tag: 'workloads',
    summary: 'List what can be healed, and how each is doing',
    status: 200,
    response: WorkloadListSchema,
  },
  showWorkload: {
    method: 'GET',
    path: '/workloads/{id}',
    role: 'viewer',
    tag: 'workloads',
    summary: 'Show one workload',
    params: WorkloadPathSchema,
    status: 200,
    response: WorkloadStatusSchema,
    problems: [404],
  },
  showSeries: {
    method: 'GET',
    path: '/workloads/{id}/metrics',
    role: 'viewer',
    tag: 'metrics',
    summary: 'Show what a workload was measured by, over time',
    params: WorkloadPathSchema,
    query: SeriesQuerySchema,
    status: 200,
    response: SeriesSchema,
    problems: [404],
  },
  listDeployments: {
    method: 'GET',
    path: '/workloads/{id}/deployments',
    role: 'viewer',
    tag: 'workloads',
    summary: 'List the recorded changes of a workload, newest first',
    params: WorkloadPathSchema,
    query: z.strictObject(pageQuery),
    status: 200,
    response: DeploymentListSchema,
    problems: [404],
  },
  showTopology: {
    method: 'GET',
    path: '/topology',
    role: 'viewer',
    tag: 'workloads',
    summary: 'Show the graph of workloads and their dependencies',
    status: 200,
    response: TopologySchema,
  },
} as const satisfies Readonly<Record<string, RouteSpec>>;
