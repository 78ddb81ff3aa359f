import { SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { systemClock } from '../adapters/clock.ts';
import { addConsent, claimApproval, pendingApproval } from '../adapters/dynamodb-approval.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { getIncident, listIncidents } from '../adapters/dynamodb-incidents.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { calling } from '../adapters/sdk-errors.ts';
import { sendAnswer } from '../adapters/sfn-answer.ts';
import { sfnClient } from '../adapters/sfn-client.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import type { ApiDeps } from './api.ts';
import { route } from './api.ts';
import { HttpEventSchema, HttpProblem, problemResponse } from './http.ts';

const env = readEnv({
  ...CommonEnv,
  INCIDENTS_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  SIGNALS_QUEUE_URL: z.string().min(1),
});
const client = dynamodbClient();

const deps: ApiDeps = {
  clock: systemClock,
  env: env.KINTSUGI_ENV,
  journal: dynamodbJournal(client, env.JOURNAL_TABLE),
  incidents: {
    list: (status, limit) => listIncidents(client, env.INCIDENTS_TABLE, status, limit),
    get: (incidentId) => getIncident(client, env.INCIDENTS_TABLE, incidentId),
  },
  approvals: {
    pending: (incidentId) => pendingApproval(client, env.INCIDENTS_TABLE, incidentId),
    claim: (request) => claimApproval(client, env.INCIDENTS_TABLE, request),
    consent: (request, consent) => addConsent(client, env.INCIDENTS_TABLE, request, consent),
    send: (taskToken, approval) => sendAnswer(sfnClient(), taskToken, approval),
  },
  enqueue: async (event) => {
    const command = new SendMessageCommand({
      QueueUrl: env.SIGNALS_QUEUE_URL,
      MessageBody: JSON.stringify({ kintsugi: 'event', ...event }),
    });
    await calling('sqs:SendMessage', () => sqsClient().send(command), env.SIGNALS_QUEUE_URL);
  },
};

export const handler = agentHandler(HttpEventSchema, async (event) => {
  try {
    const response = await route(event, deps);
    logger.info('request answered', { route: event.routeKey, status: response.statusCode });
    return response;
  } catch (error) {
    logger.error('request failed', { route: event.routeKey, error: error as Error });
    return problemResponse(new HttpProblem(503, 'Unavailable', 'a dependency failed; the request can be repeated'));
  }
});
