import type * as z from 'zod';
import { agentStatuses } from '../../core/api/agents.ts';
import type { StoredAgent } from '../../core/api/agents.ts';
import { encodeCursor } from '../../core/api/cursor.ts';
import type { ReadIncidents } from '../../core/api/incident-page.ts';
import { incidentsBetween } from '../../core/api/incident-page.ts';
import { statusesOf, topologyOf } from '../../core/api/topology.ts';
import type { LiveEvent } from '../../core/contracts/api/events.ts';
import type { Feedback } from '../../core/contracts/api/incidents.ts';
import type { DeploymentSchema } from '../../core/contracts/api/workloads.ts';
import type { Clock, WorkloadRegistry } from '../../core/shared/ports.ts';
import { after, durationMs, hours, toIso } from '../../core/shared/units.ts';
import type { Handlers } from '../api/gate.ts';
import { HttpProblem } from '../api/http.ts';
import { positionIn } from './incidents.ts';

export interface WorkloadReads {
  readonly clock: Clock;
  readonly readIncidents: ReadIncidents;
  readonly registry: WorkloadRegistry;
  readonly agents: () => Promise<readonly StoredAgent[]>;
  readonly recentEvents: (from: string | null, limit: number) => Promise<readonly LiveEvent[]>;
  readonly feedbackSince: (since: string) => Promise<Feedback[]>;
  readonly listDeployments: (
    workloadId: string,
    before: string | null,
    limit: number,
  ) => Promise<z.output<typeof DeploymentSchema>[]>;
}

const MOST_OPEN = 200;
const STATISTICS = hours(30 * 24);
const RECENT_EVENTS = 200;

export const workloadHandlers = (
  deps: WorkloadReads,
): Handlers<'listWorkloads' | 'showWorkload' | 'listDeployments' | 'showTopology' | 'listAgents'> => {
  const statuses = async () => {
    const range = { from: '0000', to: '9999', limit: MOST_OPEN };
    const [workloads, open, asking] = await Promise.all([
      deps.registry.all(),
      deps.readIncidents({ by: { status: 'open' } }, range),
      deps.readIncidents({ by: { status: 'awaiting_approval' } }, range),
    ]);
    return statusesOf(workloads, [...asking.incidents, ...open.incidents]);
  };
  const statusOf = async (id: string) => {
    const found = (await statuses()).find(({ workload }) => workload.workloadId === id);
    if (found === undefined) throw new HttpProblem(404, `path.id: there is no workload ${id}`);
    return found;
  };
  return {
    listWorkloads: async () => ({ workloads: await statuses() }),
    showWorkload: ({ params }) => statusOf(params.id),
    showTopology: async () => topologyOf(await statuses()),
    listDeployments: async ({ params, query }) => {
      await statusOf(params.id);
      const before = positionIn(query.cursor)?.id ?? null;
      const found = await deps.listDeployments(params.id, before, query.limit + 2);
      const behind = found.filter((one) => before === null || keyOf(one) < before);
      const deployments = behind.slice(0, query.limit);
      const last = deployments.at(-1);
      const isMore = behind.length > query.limit && last !== undefined;
      return { deployments, nextCursor: isMore ? encodeCursor({ at: last.at, id: keyOf(last) }) : null };
    },
    listAgents: async () => {
      const now = deps.clock.now();
      const since = toIso(after(now, durationMs(-STATISTICS)));
      const [registry, recent, { incidents }, feedback] = await Promise.all([
        deps.agents(),
        deps.recentEvents(null, RECENT_EVENTS),
        incidentsBetween(deps.readIncidents, { since, until: toIso(now) }),
        deps.feedbackSince(since),
      ]);
      return { agents: agentStatuses(registry, recent, { since, incidents, feedback }) };
    },
  };
};

const keyOf = ({ at, deploymentId, status }: z.output<typeof DeploymentSchema>): string =>
  `${at}#${deploymentId}#${status}`;
