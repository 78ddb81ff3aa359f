import { randomBytes } from 'node:crypto';
import { SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { agentName } from '../../core/api/agents.ts';
import { chooser } from '../../core/chat/choose.ts';
import type { ChatRecords } from '../../core/chat/records.ts';
import type { Priority } from '../../core/contracts/api/tasks.ts';
import { taskRoutes } from '../../core/contracts/api/tasks.ts';
import { ChatModelSchema } from '../../core/contracts/chat-model.ts';
import { parseJson } from '../../core/shared/parse-json.ts';
import { respondAlone } from '../api/alone.ts';
import { gateDeps, ApiEnv } from '../api/gate-deps.ts';
import { HttpEventSchema } from '../api/http.ts';
import { chatCompletions } from '../adapters/chat-completions.ts';
import { systemClock } from '../adapters/clock.ts';
import { firingAlarms } from '../adapters/cloudwatch-alarms.ts';
import { cloudWatchClient } from '../adapters/cloudwatch-client.ts';
import { storedAgents } from '../adapters/dynamodb-agents.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { keepPlan, takePlan } from '../adapters/dynamodb-conversations.ts';
import { getIncident, listIncidents } from '../adapters/dynamodb-incidents.ts';
import { getTask, listTasks, putTask } from '../adapters/dynamodb-interactions.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { dynamodbEvidence } from '../adapters/dynamodb-qtable.ts';
import { dynamodbRegistry } from '../adapters/dynamodb-workloads.ts';
import { calling } from '../adapters/sdk-errors.ts';
import { sha256 } from '../adapters/sha256.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { ssmModeSource } from '../adapters/ssm-mode.ts';
import { readSecret } from '../adapters/ssm-secret.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CatalogueEnv, catalogueIn } from '../shared/catalogue.ts';
import { readEnv } from '../shared/env.ts';
import { chatHandlers } from './chat.ts';

const env = readEnv({
  ...ApiEnv,
  ...CatalogueEnv,
  INCIDENTS_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  INTERACTIONS_TABLE: z.string().min(1),
  WORKLOADS_TABLE: z.string().min(1),
  AGENTS_TABLE: z.string().min(1),
  QTABLE_TABLE: z.string().min(1),
  MODE_PARAMETER: z.string().min(1),
  HIGH_TASKS_QUEUE_URL: z.string().min(1),
  NORMAL_TASKS_QUEUE_URL: z.string().min(1),
  LOW_TASKS_QUEUE_URL: z.string().min(1),
  /** Absent: no language model is asked. */
  CHAT_MODEL: z.string().transform(parseJson).pipe(ChatModelSchema).optional(),
  CHAT_MODEL_KEY_PARAMETER: z.string().min(1).optional(),
});
const client = dynamodbClient();
const { INCIDENTS_TABLE, INTERACTIONS_TABLE, TRAFFIC_TABLE } = env;
const queues: Readonly<Record<Priority, string>> = {
  high: env.HIGH_TASKS_QUEUE_URL,
  normal: env.NORMAL_TASKS_QUEUE_URL,
  low: env.LOW_TASKS_QUEUE_URL,
};

const registry = dynamodbRegistry(client, env.WORKLOADS_TABLE, systemClock);

/** Read anew for each question that the model is asked: whoever changes it waits for nothing. */
const modelKey = (): Promise<string | null> => readSecret(ssmClient(), env.CHAT_MODEL_KEY_PARAMETER ?? '');

/** Tasks that a question can be about. */
const NEWEST_TASKS = 50;

const records: ChatRecords = {
  incidents: (limit) => listIncidents(client, INCIDENTS_TABLE, undefined, limit),
  incident: (incidentId) => getIncident(client, INCIDENTS_TABLE, incidentId),
  journal: dynamodbJournal(client, env.JOURNAL_TABLE).read,
  workloads: () => registry.all(),
  firingAlarms: () => firingAlarms(cloudWatchClient(), `kintsugi-${env.KINTSUGI_ENV}-`),
  mode: () => ssmModeSource(ssmClient(), env.MODE_PARAMETER).read(),
  agents: async () =>
    (await storedAgents(client, env.AGENTS_TABLE)).map(({ agentId, state }) => ({
      agentId,
      name: agentName(agentId),
      state,
    })),
  tasks: () => listTasks(client, INTERACTIONS_TABLE, null, NEWEST_TASKS),
  table: (tier) => dynamodbEvidence(client, env.QTABLE_TABLE).load(tier),
  catalogue: catalogueIn(env),
};
const gate = gateDeps(client, TRAFFIC_TABLE, env.CALLER_REQUESTS);

const respond = respondAlone(
  'chat',
  taskRoutes.chat,
  chatHandlers({
    clock: systemClock,
    env: env.KINTSUGI_ENV,
    sha256,
    secret: () => randomBytes(24).toString('hex'),
    objection: gate.objection,
    records,
    choose: env.CHAT_MODEL === undefined ? null : chooser(chatCompletions(env.CHAT_MODEL, modelKey)),
    getTask: (taskId) => getTask(client, INTERACTIONS_TABLE, taskId),
    putTask: (task) => putTask(client, INTERACTIONS_TABLE, task),
    enqueueTask: async ({ taskId, priority }) => {
      const command = new SendMessageCommand({ QueueUrl: queues[priority], MessageBody: JSON.stringify({ taskId }) });
      await calling('sqs:SendMessage', () => sqsClient().send(command), queues[priority]);
    },
    takePlan: (subject, id) => takePlan(client, TRAFFIC_TABLE, subject, id),
    keepPlan: (subject, id, plan) => keepPlan(client, TRAFFIC_TABLE, subject, id, plan),
  }).chat,
  gate,
);

export const handler = agentHandler(HttpEventSchema, (event) => respond(event));
