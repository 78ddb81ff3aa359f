import { SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { attachSignal, openIncident } from '../adapters/dynamodb-incidents.ts';
import { dynamodbRegistry } from '../adapters/dynamodb-workloads.ts';
import { calling } from '../adapters/sdk-errors.ts';
import { sfnClient } from '../adapters/sfn-client.ts';
import { sfnWorkflow } from '../adapters/sfn-workflow.ts';
import { sha256 } from '../adapters/sha256.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { SqsEventSchema, eachMessage } from '../shared/sqs-batch.ts';
import { logger } from '../shared/telemetry.ts';
import { handleMessage } from './issue-monitor.ts';

const env = readEnv({
  ...CommonEnv,
  WORKLOADS_TABLE: z.string().min(1),
  INCIDENTS_TABLE: z.string().min(1),
  LEASES_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  STATE_MACHINE_ARN: z.string().min(1),
  QUARANTINE_QUEUE_URL: z.string().min(1),
});
const client = dynamodbClient();
const tables = { incidents: env.INCIDENTS_TABLE, leases: env.LEASES_TABLE, journal: env.JOURNAL_TABLE };
const registry = dynamodbRegistry(client, env.WORKLOADS_TABLE, systemClock);

const quarantine = async (body: string, reason: string): Promise<void> => {
  const command = new SendMessageCommand({
    QueueUrl: env.QUARANTINE_QUEUE_URL,
    MessageBody: body,
    MessageAttributes: { reason: { DataType: 'String', StringValue: reason.slice(0, 1_000) } },
  });
  await calling('sqs:SendMessage', () => sqsClient().send(command), env.QUARANTINE_QUEUE_URL);
};

export const handler = agentHandler(SqsEventSchema, (event) =>
  eachMessage(event, async (body) => {
    const handled = await handleMessage(body, {
      clock: systemClock,
      registry,
      incidents: {
        open: (request) => openIncident(client, tables, request),
        attach: (incidentId, signal) => attachSignal(client, tables, incidentId, signal),
      },
      workflow: sfnWorkflow(sfnClient(), env.STATE_MACHINE_ARN),
      quarantine,
      sha256,
      env: env.KINTSUGI_ENV,
      agentId: env.AGENT_ID,
      limits: env.KINTSUGI_LIMITS,
    });
    logger.info('message handled', { ...handled });
  }),
);
