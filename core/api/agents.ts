import type * as z from 'zod';
import type { AgentStatusSchema, AgentStatisticsSchema } from '../contracts/api/agents.ts';
import type { LiveEvent } from '../contracts/api/events.ts';
import type { Feedback } from '../contracts/api/incidents.ts';
import type { AgentState } from '../contracts/agent.ts';
import { AgentNameSchema, AgentStateSchema } from '../contracts/agent.ts';
import type { Incident } from '../contracts/incident.ts';

type AgentStatus = z.output<typeof AgentStatusSchema>;

/** An agent's registry item as it is stored. */
export interface StoredAgent {
  readonly agentId: string;
  readonly state: string | null;
  readonly lastHeartbeat: string | null;
}

/**
 * How the agents are doing: what they said last in the stream of events, else what the registry knows.
 *
 * @param recent - oldest first
 */
export const agentStatuses = (
  registry: readonly StoredAgent[],
  recent: readonly LiveEvent[],
  handled: { readonly since: string; readonly incidents: readonly Incident[]; readonly feedback: readonly Feedback[] },
): AgentStatus[] => {
  const heard = recent.flatMap(({ detail }) => (detail.agent_id === null ? [] : [detail.agent_id]));
  const ids = [...new Set([...registry.map(({ agentId }) => agentId), ...heard])].sort();
  return ids.map((agentId) => {
    const name = agentName(agentId);
    const stored = registry.find((agent) => agent.agentId === agentId);
    const said = recent.filter(({ detail }) => detail.agent_id === agentId).map(({ detail }) => detail);
    const decided = said.findLast(({ last_decision }) => last_decision !== null);
    const isHealer = name === 'auto-healer';
    return {
      agentId,
      name,
      state: stateNow(said.at(-1)?.agent_state ?? null, said.at(-1)?.event ?? null, stored?.state ?? null),
      lastHeartbeat: latest([stored?.lastHeartbeat ?? null, said.at(-1)?.timestamp ?? null]),
      lastDecision:
        decided?.last_decision != null
          ? { action: decided.last_decision, incidentId: decided.incident_id, at: decided.timestamp }
          : isHealer
            ? lastActionOf(handled.incidents)
            : null,
      statistics: isHealer ? statisticsOf(handled) : null,
    };
  });
};

/** The fourth part of an agent's id is the number of its name. */
export const agentName = (agentId: string): AgentStatus['name'] =>
  AgentNameSchema.options[Number(/^AGENT-\d{8}-\d{6}-(\d{4})-/.exec(agentId)?.[1] ?? 0) - 1] ?? null;

/** After the end of an incident an agent rests, whatever it was doing when it said so. */
const ENDINGS: ReadonlySet<string> = new Set(['IncidentResolved', 'IncidentEscalated', 'IncidentDismissed']);

const stateNow = (said: AgentState | null, event: string | null, stored: string | null): AgentState => {
  if (said !== null) return event !== null && ENDINGS.has(event) ? 'IDLE' : said;
  const parsed = AgentStateSchema.safeParse(stored);
  return parsed.success ? parsed.data : 'IDLE';
};

const latest = (instants: readonly (string | null)[]): string | null =>
  instants
    .filter((one) => one !== null)
    .sort()
    .at(-1) ?? null;

const lastActionOf = (incidents: readonly Incident[]): AgentStatus['lastDecision'] => {
  const [newest] = incidents
    .filter(({ lastAction }) => lastAction !== null)
    .sort((a, b) => b.openedAt.localeCompare(a.openedAt));
  return newest?.lastAction == null
    ? null
    : { action: newest.lastAction, incidentId: newest.incidentId, at: newest.closedAt ?? newest.openedAt };
};

const statisticsOf = ({
  since,
  incidents,
  feedback,
}: Parameters<typeof agentStatuses>[2]): z.output<typeof AgentStatisticsSchema> => {
  const recovered = incidents.filter(({ status }) => status === 'recovered').length;
  const escalated = incidents.filter(({ status }) => status === 'escalated').length;
  const rated = (rating: Feedback['rating']): number => feedback.filter((one) => one.rating === rating).length;
  return {
    since,
    incidents: incidents.length,
    recovered,
    escalated,
    successRatePercent:
      recovered + escalated === 0 ? null : Math.round((10_000 * recovered) / (recovered + escalated)) / 100,
    ratings: {
      resolved: feedback.filter(({ resolved }) => resolved).length,
      notResolved: feedback.filter(({ resolved }) => !resolved).length,
      helpful: rated('helpful'),
      tooSlow: rated('too_slow'),
      wrong: rated('wrong'),
    },
  };
};
