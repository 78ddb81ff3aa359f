import { randomBytes } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import type { Priority } from '../../core/contracts/api/tasks.ts';
import { TaskSchema } from '../../core/contracts/api/tasks.ts';
import { gateDeps, ApiEnv } from '../api/gate-deps.ts';
import { HttpEventSchema } from '../api/http.ts';
import { respondWith } from '../api/router.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { getIncident } from '../adapters/dynamodb-incidents.ts';
import { dynamodbRatings } from '../adapters/dynamodb-feedback.ts';
import { changeTask, getTask, putTask } from '../adapters/dynamodb-interactions.ts';
import { keepTicket } from '../adapters/dynamodb-live.ts';
import { calling } from '../adapters/sdk-errors.ts';
import { sfnClient } from '../adapters/sfn-client.ts';
import { sha256 } from '../adapters/sha256.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { ssmModeSource, writeMode } from '../adapters/ssm-mode.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { approvalsOver } from '../shared/approvals.ts';
import { readEnv } from '../shared/env.ts';
import { writeHandlers } from './api-write.ts';

const env = readEnv({
  ...ApiEnv,
  MODE_PARAMETER: z.string().min(1),
  INCIDENTS_TABLE: z.string().min(1),
  INTERACTIONS_TABLE: z.string().min(1),
  EXPERIENCES_TABLE: z.string().min(1),
  QTABLE_TABLE: z.string().min(1),
  SIGNALS_QUEUE_URL: z.string().min(1),
  HIGH_TASKS_QUEUE_URL: z.string().min(1),
  NORMAL_TASKS_QUEUE_URL: z.string().min(1),
  LOW_TASKS_QUEUE_URL: z.string().min(1),
  LIVE_URL: z.string().min(1),
});
const client = dynamodbClient();
const { INCIDENTS_TABLE, INTERACTIONS_TABLE, TRAFFIC_TABLE } = env;
const taskQueues: Readonly<Record<Priority, string>> = {
  high: env.HIGH_TASKS_QUEUE_URL,
  normal: env.NORMAL_TASKS_QUEUE_URL,
  low: env.LOW_TASKS_QUEUE_URL,
};

const send = async (queueUrl: string, message: unknown): Promise<void> => {
  const command = new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) });
  await calling('sqs:SendMessage', () => sqsClient().send(command), queueUrl);
};

const gate = gateDeps(client, TRAFFIC_TABLE, env.CALLER_REQUESTS);

const respond = respondWith(
  writeHandlers({
    clock: systemClock,
    env: env.KINTSUGI_ENV,
    sha256,
    objection: gate.objection,
    secret: () => randomBytes(24).toString('hex'),
    liveUrl: env.LIVE_URL,
    getIncident: (incidentId) => getIncident(client, INCIDENTS_TABLE, incidentId),
    approvals: approvalsOver(client, INCIDENTS_TABLE, sfnClient()),
    enqueue: (event) => send(env.SIGNALS_QUEUE_URL, { kintsugi: 'event', ...event }),
    ratings: dynamodbRatings(client, {
      interactions: INTERACTIONS_TABLE,
      experiences: env.EXPERIENCES_TABLE,
      qtable: env.QTABLE_TABLE,
    }),
    mode: ssmModeSource(ssmClient(), env.MODE_PARAMETER),
    setMode: (mode) => writeMode(ssmClient(), env.MODE_PARAMETER, mode),
    getTask: (taskId) => getTask(client, INTERACTIONS_TABLE, taskId),
    putTask: (task) => putTask(client, INTERACTIONS_TABLE, task),
    enqueueTask: (task) => send(taskQueues[task.priority], { taskId: task.taskId }),
    moveTask: async (taskId, from, change) =>
      TaskSchema.nullable().parse(await changeTask(client, INTERACTIONS_TABLE, taskId, from, change)),
    keepTicket: (hash, subject, until) => keepTicket(client, TRAFFIC_TABLE, hash, subject, until),
  }),
  gate,
);

export const handler = agentHandler(HttpEventSchema, (event, context: Context) => respond(event, context));
