import type { EventDetail } from '../../core/contracts/event.ts';

/** An event in the unified schema, about nothing in particular. */
export const anEventDetail = (changes: Partial<EventDetail> = {}): EventDetail => ({
  schema_version: 1,
  event: 'SignalReceived',
  env: 'dev',
  status: 'ok',
  latency: 0,
  timestamp: '2026-11-21T10:00:00.000Z',
  action_type: null,
  worker_id: null,
  dataset: null,
  incident_id: null,
  agent_id: null,
  agent_state: null,
  last_decision: null,
  correlation_id: 'test',
  ...changes,
});
