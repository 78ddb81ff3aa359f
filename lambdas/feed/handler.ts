import * as z from 'zod';
import { EventDetailSchema, EventNameSchema } from '../../core/contracts/event.ts';
import { deploymentOf } from '../../core/api/deployment.ts';
import { BusEventSchema } from '../../core/contracts/event.ts';
import { connectionSender } from '../adapters/apigateway-connections.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { putDeployment } from '../adapters/dynamodb-interactions.ts';
import { allConnections, keepEvent, removeConnection } from '../adapters/dynamodb-live.ts';
import { dynamodbRegistry } from '../adapters/dynamodb-workloads.ts';
import { sha256 } from '../adapters/sha256.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import type { FeedDeps } from './feed.ts';
import { feed } from './feed.ts';

const env = readEnv({
  ...CommonEnv,
  TRAFFIC_TABLE: z.string().min(1),
  INTERACTIONS_TABLE: z.string().min(1),
  WORKLOADS_TABLE: z.string().min(1),
  LIVE_CALLBACK_URL: z.string().min(1),
});
const client = dynamodbClient();
const registry = dynamodbRegistry(client, env.WORKLOADS_TABLE, systemClock);

const deps: FeedDeps = {
  clock: systemClock,
  sha256,
  keepEvent: (event, now) => keepEvent(client, env.TRAFFIC_TABLE, event, now),
  connections: () => allConnections(client, env.TRAFFIC_TABLE),
  send: connectionSender(env.LIVE_CALLBACK_URL),
  removeConnection: (id) => removeConnection(client, env.TRAFFIC_TABLE, id),
};

/** An event of our own bus, or one of ECS about a deployment. */
const FeedEventSchema = z.union([
  z.object({ source: BusEventSchema.shape.source, 'detail-type': EventNameSchema, detail: EventDetailSchema }),
  z.looseObject({ source: z.literal('aws.ecs') }),
]);

/** Hands on what is announced on the bus to those who listen, and records the deployments of workloads. */
export const handler = agentHandler(FeedEventSchema, async (event) => {
  if ('detail-type' in event && event.source !== 'aws.ecs') {
    const { source, detail } = event;
    const told = await feed({ source, detailType: detail.event, detail: detail }, deps);
    logger.info('event handed on', { event: detail.event, incidentId: detail.incident_id, told });
    return;
  }
  const deployment = deploymentOf(event, await registry.all());
  if (deployment === null) return;
  const isNew = await putDeployment(client, env.INTERACTIONS_TABLE, deployment);
  logger.info('deployment recorded', { workloadId: deployment.workloadId, status: deployment.status, isNew });
});
