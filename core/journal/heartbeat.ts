import type { AgentName } from '../contracts/agent.ts';
import type { BusEvent } from '../contracts/event.ts';
import type { EnvironmentName } from '../contracts/workload.ts';

/** An agent's sign of life. It changes nothing, so it is the one event that needs no record. */
export const heartbeatEvent = (
  agent: AgentName,
  agentId: string,
  env: EnvironmentName,
  timestamp: string,
): BusEvent => ({
  source: `kintsugi.${agent}`,
  detailType: 'AgentHeartbeat',
  detail: {
    schema_version: 1,
    event: 'AgentHeartbeat',
    env,
    status: 'ok',
    latency: 0,
    timestamp,
    action_type: null,
    worker_id: null,
    dataset: null,
    incident_id: null,
    agent_id: agentId,
    agent_state: 'IDLE',
    last_decision: null,
    correlation_id: `${agentId}/${timestamp}`,
  },
});
