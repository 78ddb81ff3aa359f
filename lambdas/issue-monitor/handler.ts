import { SendMessageCommand } from '@aws-sdk/client-sqs';
import * as z from 'zod';
import { minutes } from '../../core/shared/units.ts';
import { systemClock } from '../adapters/clock.ts';
import { cloudWatchAlarms } from '../adapters/cloudwatch-alarms.ts';
import { cloudWatchClient } from '../adapters/cloudwatch-client.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { dynamodbPlacement } from '../adapters/dynamodb-placement.ts';
import { dynamodbRegistry } from '../adapters/dynamodb-workloads.ts';
import { calling } from '../adapters/sdk-errors.ts';
import { sfnClient } from '../adapters/sfn-client.ts';
import { sfnWorkflow } from '../adapters/sfn-workflow.ts';
import { sha256 } from '../adapters/sha256.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { sqsSignals } from '../adapters/sqs-signals.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { SqsEventSchema, wholeBatch } from '../shared/sqs-batch.ts';
import { logger } from '../shared/telemetry.ts';
import { heldSignalMessage } from './held-signal.ts';
import { rememberedHomes } from './homes.ts';
import { handleMessages } from './issue-monitor.ts';

const env = readEnv({
  ...CommonEnv,
  WORKLOADS_TABLE: z.string().min(1),
  INCIDENTS_TABLE: z.string().min(1),
  LEASES_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  STATE_MACHINE_ARN: z.string().min(1),
  QUARANTINE_QUEUE_URL: z.string().min(1),
  SIGNALS_QUEUE_URL: z.string().min(1),
});
const client = dynamodbClient();
const tables = { incidents: env.INCIDENTS_TABLE, leases: env.LEASES_TABLE, journal: env.JOURNAL_TABLE };
/** Dependencies are learned while this runs: an old graph would make several incidents of one cause. */
const registry = dynamodbRegistry(client, env.WORKLOADS_TABLE, systemClock, minutes(1));
const homes = rememberedHomes();
const signals = sqsSignals(sqsClient(), env.SIGNALS_QUEUE_URL);

const quarantine = async (body: string, reason: string): Promise<void> => {
  const command = new SendMessageCommand({
    QueueUrl: env.QUARANTINE_QUEUE_URL,
    MessageBody: body,
    MessageAttributes: { reason: { DataType: 'String', StringValue: reason.slice(0, 1_000) } },
  });
  await calling('sqs:SendMessage', () => sqsClient().send(command), env.QUARANTINE_QUEUE_URL);
};

export const handler = agentHandler(SqsEventSchema, (event) =>
  wholeBatch(
    event,
    async (bodies) => {
      const delivered = await handleMessages(bodies, {
        clock: systemClock,
        registry,
        incidents: dynamodbPlacement(client, tables),
        journal: dynamodbJournal(client, env.JOURNAL_TABLE),
        workflow: sfnWorkflow(sfnClient(), env.STATE_MACHINE_ARN),
        alarms: cloudWatchAlarms(cloudWatchClient()),
        homes,
        reconsider: (held, delay) => signals.send(heldSignalMessage(held), delay),
        isBehind: async () => (await signals.unfinished()) > bodies.length,
        quarantine,
        sha256,
        env: env.KINTSUGI_ENV,
        agentId: env.AGENT_ID,
        limits: env.KINTSUGI_LIMITS,
      });
      for (const one of delivered) if (one.ok) logger.info('message handled', { ...one.handled });
      return delivered.map((one) => (one.ok ? null : one.error));
    },
    (failed) =>
      signals.postpone(failed).catch((error: unknown) => {
        logger.warn('messages that failed come back late', { messages: failed.length, error: error as Error });
      }),
  ),
);
