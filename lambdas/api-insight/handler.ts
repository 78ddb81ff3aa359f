import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { gateDeps, ApiEnv } from '../api/gate-deps.ts';
import { HttpEventSchema } from '../api/http.ts';
import { respondWith } from '../api/router.ts';
import { systemClock } from '../adapters/clock.ts';
import { cloudWatchClient } from '../adapters/cloudwatch-client.ts';
import { cloudWatchMetrics } from '../adapters/cloudwatch-metrics.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { readIncidents } from '../adapters/dynamodb-incidents.ts';
import { dynamodbRegistry } from '../adapters/dynamodb-workloads.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CatalogueEnv, catalogueIn } from '../shared/catalogue.ts';
import { readEnv } from '../shared/env.ts';
import { insightHandlers } from './api-insight.ts';

const env = readEnv({
  ...ApiEnv,
  ...CatalogueEnv,
  INCIDENTS_TABLE: z.string().min(1),
  WORKLOADS_TABLE: z.string().min(1),
});
const client = dynamodbClient();

const respond = respondWith(
  insightHandlers({
    clock: systemClock,
    catalogue: catalogueIn(env),
    readIncidents: ({ by }, range) => readIncidents(client, env.INCIDENTS_TABLE, by, range),
    registry: dynamodbRegistry(client, env.WORKLOADS_TABLE, systemClock),
    metrics: cloudWatchMetrics(cloudWatchClient()),
  }),
  gateDeps(client, env.TRAFFIC_TABLE, env.CALLER_REQUESTS),
);

export const handler = agentHandler(HttpEventSchema, (event, context: Context) => respond(event, context));
