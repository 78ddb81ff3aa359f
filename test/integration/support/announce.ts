import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import type { EventDetail } from '../../../core/contracts/event.ts';

/** Puts an event on the environment's bus for each of these incidents, as the publisher does. */
export const announce = async (cloud: { readonly endpoint: string }, incidentIds: readonly string[]): Promise<void> => {
  const client = new EventBridgeClient({
    endpoint: cloud.endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  const Entries = incidentIds.map((incident_id) => ({
    EventBusName: 'kintsugi-dev',
    Source: 'kintsugi.auto-healer',
    DetailType: 'ActionDecided',
    Detail: JSON.stringify(detailOf(incident_id)),
  }));
  await client.send(new PutEventsCommand({ Entries }));
  client.destroy();
};

const detailOf = (incident_id: string): EventDetail => ({
  schema_version: 1,
  event: 'ActionDecided',
  env: 'dev',
  status: 'ok',
  latency: 3,
  timestamp: new Date().toISOString(),
  action_type: 'restart',
  worker_id: null,
  dataset: null,
  incident_id,
  agent_id: null,
  agent_state: null,
  last_decision: 'restart',
  correlation_id: incident_id,
});
