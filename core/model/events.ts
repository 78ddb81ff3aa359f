import type { BusEvent, EventName } from '../contracts/event.ts';
import type { ModelRef } from '../contracts/model.ts';
import type { EnvironmentName } from '../contracts/workload.ts';

export interface ModelEvent {
  readonly event: Extract<EventName, 'ModelSnapshotTaken' | 'ModelEvaluated' | 'ModelPromoted' | 'ModelRolledBack'>;
  readonly env: EnvironmentName;
  readonly version: ModelRef;
  readonly status: string;
  /** ISO 8601. */
  readonly at: string;
  readonly agentId: string | null;
}

/** Announces what became of a version. Its record is the version's object, its evaluation, or the pointer. */
export const modelEvent = ({ event, env, version, status, at, agentId }: ModelEvent): BusEvent => ({
  source: 'kintsugi.rl-optimizer',
  detailType: event,
  detail: {
    schema_version: 1,
    event,
    env,
    status,
    latency: 0,
    timestamp: at,
    action_type: null,
    worker_id: null,
    dataset: version,
    incident_id: null,
    agent_id: agentId,
    agent_state: agentId === null ? null : 'IDLE',
    last_decision: status,
    correlation_id: `${version}/${at}`,
  },
});
