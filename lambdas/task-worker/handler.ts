import { SendMessageCommand } from '@aws-sdk/client-sqs';
import type { SQSBatchResponse } from 'aws-lambda';
import * as z from 'zod';
import type { Priority, StoredTask } from '../../core/contracts/api/tasks.ts';
import { TaskIdSchema } from '../../core/contracts/api/tasks.ts';
import { IncidentIdSchema } from '../../core/contracts/loop-state.ts';
import { withPause } from '../../core/task/pause.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbRatings } from '../adapters/dynamodb-feedback.ts';
import { getIncident } from '../adapters/dynamodb-incidents.ts';
import { cancelTask, changeTask, getStoredTask, queuedTasks } from '../adapters/dynamodb-interactions.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { dynamodbPlacement } from '../adapters/dynamodb-placement.ts';
import { dynamodbRegistry, setMaintenance } from '../adapters/dynamodb-workloads.ts';
import { lambdaClient } from '../adapters/lambda-client.ts';
import { invokeFunction } from '../adapters/lambda-invoke.ts';
import { calling } from '../adapters/sdk-errors.ts';
import { sfnClient } from '../adapters/sfn-client.ts';
import { sfnWorkflow } from '../adapters/sfn-workflow.ts';
import { sha256 } from '../adapters/sha256.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { ssmModeSource, writeMode } from '../adapters/ssm-mode.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { approvalsOver } from '../shared/approvals.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { SqsEventSchema, eachMessage } from '../shared/sqs-batch.ts';
import { StoppedPlaceSchema } from '../shared/stopped-place.ts';
import { logger } from '../shared/telemetry.ts';
import type { TaskWorkerDeps } from './task-worker.ts';
import { followTask, handleTask } from './task-worker.ts';

const env = readEnv({
  ...CommonEnv,
  MODE_PARAMETER: z.string().min(1),
  STOP_FUNCTION: z.string().min(1),
  INCIDENTS_TABLE: z.string().min(1),
  INTERACTIONS_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  LEASES_TABLE: z.string().min(1),
  EXPERIENCES_TABLE: z.string().min(1),
  QTABLE_TABLE: z.string().min(1),
  WORKLOADS_TABLE: z.string().min(1),
  STATE_MACHINE_ARN: z.string().min(1),
  HIGH_TASKS_QUEUE_URL: z.string().min(1),
  NORMAL_TASKS_QUEUE_URL: z.string().min(1),
  LOW_TASKS_QUEUE_URL: z.string().min(1),
});
const client = dynamodbClient();
const { INCIDENTS_TABLE, INTERACTIONS_TABLE, JOURNAL_TABLE, LEASES_TABLE, WORKLOADS_TABLE } = env;
const queues: Readonly<Record<Priority, string>> = {
  high: env.HIGH_TASKS_QUEUE_URL,
  normal: env.NORMAL_TASKS_QUEUE_URL,
  low: env.LOW_TASKS_QUEUE_URL,
};
const registry = dynamodbRegistry(client, WORKLOADS_TABLE, systemClock);

const pause: TaskWorkerDeps['pause'] = async (workloadId, rest) => {
  const meant = (await registry.all('fresh')).filter((one) => workloadId === null || one.workloadId === workloadId);
  for (const { workloadId: id, maintenanceWindows = [] } of meant) {
    await setMaintenance(client, WORKLOADS_TABLE, id, [...withPause(maintenanceWindows, rest)]);
  }
  return meant.map((one) => one.workloadId);
};

const deps: TaskWorkerDeps = {
  clock: systemClock,
  sha256,
  env: env.KINTSUGI_ENV,
  agentId: env.AGENT_ID,
  registry,
  getTask: (taskId) => getStoredTask(client, INTERACTIONS_TABLE, taskId),
  changeTask: (taskId, from, change) => changeTask(client, INTERACTIONS_TABLE, taskId, from, change),
  queuedTasks: () => queuedTasks(client, INTERACTIONS_TABLE),
  enqueueTask: async ({ taskId, priority }) => {
    const command = new SendMessageCommand({ QueueUrl: queues[priority], MessageBody: JSON.stringify({ taskId }) });
    await calling('sqs:SendMessage', () => sqsClient().send(command), queues[priority]);
  },
  incidents: dynamodbPlacement(client, { incidents: INCIDENTS_TABLE, leases: LEASES_TABLE, journal: JOURNAL_TABLE }),
  journal: dynamodbJournal(client, JOURNAL_TABLE),
  workflow: sfnWorkflow(sfnClient(), env.STATE_MACHINE_ARN),
  mode: ssmModeSource(ssmClient(), env.MODE_PARAMETER),
  setMode: (mode) => writeMode(ssmClient(), env.MODE_PARAMETER, mode),
  stop: (reason) =>
    invokeFunction(lambdaClient(), env.STOP_FUNCTION, { command: 'stop', reason }, z.array(StoppedPlaceSchema)),
  approvals: approvalsOver(client, INCIDENTS_TABLE, sfnClient()),
  getIncident: (incidentId) => getIncident(client, INCIDENTS_TABLE, incidentId),
  ratings: dynamodbRatings(client, {
    interactions: INTERACTIONS_TABLE,
    experiences: env.EXPERIENCES_TABLE,
    qtable: env.QTABLE_TABLE,
  }),
  cancelTask: (taskId, at) => cancelTask(client, INTERACTIONS_TABLE, taskId, at),
  pause,
};

const MessageSchema = z.object({ taskId: TaskIdSchema });

/** A batch of one of the three queues, or an event about an incident that carries a task out. */
const TaskWorkerInputSchema = z.union([
  SqsEventSchema,
  z.object({ detail: z.object({ incident_id: IncidentIdSchema }) }),
]);

const report = (task: StoredTask | null): void => {
  if (task === null) return;
  const { taskId, status, priority, incidentId, result } = task;
  logger.info('task looked at', { taskId, status, priority, incidentId, result });
};

export const handler = agentHandler(TaskWorkerInputSchema, async (event): Promise<SQSBatchResponse | void> => {
  if ('Records' in event) {
    return eachMessage(event, async (body) =>
      report(await handleTask(MessageSchema.parse(JSON.parse(body)).taskId, deps)),
    );
  }
  report(await followTask(event.detail.incident_id, deps));
});
