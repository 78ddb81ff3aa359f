import * as z from 'zod';
import { systemClock } from '../adapters/clock.ts';
import { connectionSender } from '../adapters/apigateway-connections.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { addConnection, recentEvents, removeConnection, setFilter, takeTicket } from '../adapters/dynamodb-live.ts';
import { sha256 } from '../adapters/sha256.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import type { LiveDeps, LiveOccasion } from './live.ts';
import { onLive } from './live.ts';

const env = readEnv({ ...CommonEnv, TRAFFIC_TABLE: z.string().min(1), LIVE_CALLBACK_URL: z.string().min(1) });
const client = dynamodbClient();
const table = env.TRAFFIC_TABLE;

const deps: LiveDeps = {
  clock: systemClock,
  sha256,
  takeTicket: (hash, now) => takeTicket(client, table, hash, now),
  addConnection: (id, subject, now) => addConnection(client, table, id, subject, now),
  setFilter: (id, filter) => setFilter(client, table, id, filter),
  removeConnection: (id) => removeConnection(client, table, id),
  recentEvents: (from, limit) => recentEvents(client, table, from, limit),
  send: connectionSender(env.LIVE_CALLBACK_URL),
};

/** What API Gateway sends for a route of a WebSocket. */
const WebSocketEventSchema = z.object({
  requestContext: z.looseObject({
    eventType: z.enum(['CONNECT', 'MESSAGE', 'DISCONNECT']),
    connectionId: z.string(),
    identity: z.looseObject({ sourceIp: z.string().default('unknown') }).nullish(),
  }),
  queryStringParameters: z.record(z.string(), z.string()).nullish(),
  body: z.string().nullish(),
});

const occasionOf = (event: z.output<typeof WebSocketEventSchema>): LiveOccasion => {
  const { eventType, connectionId, identity } = event.requestContext;
  const from = { connectionId, sourceIp: identity?.sourceIp ?? 'unknown' };
  if (eventType === 'CONNECT') return { ...from, kind: 'connect', ticket: event.queryStringParameters?.['ticket'] };
  return eventType === 'DISCONNECT'
    ? { ...from, kind: 'disconnect' }
    : { ...from, kind: 'message', text: event.body ?? '' };
};

/** The WebSocket of live updates: who may listen, and to what. */
export const handler = agentHandler(WebSocketEventSchema, async (event) => ({
  statusCode: await onLive(occasionOf(event), deps),
}));
