import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { gateDeps, ApiEnv } from '../api/gate-deps.ts';
import { HttpEventSchema } from '../api/http.ts';
import { respondWith } from '../api/router.ts';
import { systemClock } from '../adapters/clock.ts';
import { storedAgents } from '../adapters/dynamodb-agents.ts';
import { pendingApproval } from '../adapters/dynamodb-approval.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { getIncident, readIncidents } from '../adapters/dynamodb-incidents.ts';
import { feedbackOf, feedbackSince, getTask, listDeployments, listTasks } from '../adapters/dynamodb-interactions.ts';
import { dynamodbJournal, storedRecords } from '../adapters/dynamodb-journal.ts';
import { recentEvents } from '../adapters/dynamodb-live.ts';
import { dynamodbRegistry } from '../adapters/dynamodb-workloads.ts';
import { sha256 } from '../adapters/sha256.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { ssmModeSource } from '../adapters/ssm-mode.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { asset } from '../shared/asset.ts';
import { readEnv } from '../shared/env.ts';
import { readHandlers } from './api-read.ts';

const env = readEnv({
  ...ApiEnv,
  INCIDENTS_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  INTERACTIONS_TABLE: z.string().min(1),
  MODE_PARAMETER: z.string().min(1),
  WORKLOADS_TABLE: z.string().min(1),
  AGENTS_TABLE: z.string().min(1),
});
const client = dynamodbClient();
const gate = gateDeps(client, env.TRAFFIC_TABLE, env.CALLER_REQUESTS);
const { INCIDENTS_TABLE, INTERACTIONS_TABLE, JOURNAL_TABLE, TRAFFIC_TABLE } = env;

const respond = respondWith(
  readHandlers({
    clock: systemClock,
    env: env.KINTSUGI_ENV,
    sha256,
    objection: gate.objection,
    document: () => asset('openapi.json'),
    readIncidents: ({ by }, range) => readIncidents(client, INCIDENTS_TABLE, by, range),
    getIncident: (incidentId) => getIncident(client, INCIDENTS_TABLE, incidentId),
    pendingApproval: (incidentId) => pendingApproval(client, INCIDENTS_TABLE, incidentId),
    journal: dynamodbJournal(client, JOURNAL_TABLE),
    storedRecords: (incidentId) => storedRecords(client, JOURNAL_TABLE, incidentId),
    registry: dynamodbRegistry(client, env.WORKLOADS_TABLE, systemClock),
    mode: ssmModeSource(ssmClient(), env.MODE_PARAMETER),
    agents: () => storedAgents(client, env.AGENTS_TABLE),
    feedbackOf: (incidentId) => feedbackOf(client, INTERACTIONS_TABLE, incidentId),
    feedbackSince: (since) => feedbackSince(client, INTERACTIONS_TABLE, since),
    getTask: (taskId) => getTask(client, INTERACTIONS_TABLE, taskId),
    listTasks: (before, limit) => listTasks(client, INTERACTIONS_TABLE, before, limit),
    listDeployments: (workloadId, before, limit) =>
      listDeployments(client, INTERACTIONS_TABLE, workloadId, before, limit),
    recentEvents: (from, limit) => recentEvents(client, TRAFFIC_TABLE, from, limit),
  }),
  gate,
);

export const handler = agentHandler(HttpEventSchema, (event, context: Context) => respond(event, context));
