import * as z from 'zod';
import { FailureSchema, IncidentIdSchema } from '../../core/contracts/loop-state.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { endAttempt } from '../adapters/dynamodb-end-attempt.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { getIncident } from '../adapters/dynamodb-incidents.ts';
import { sha256 } from '../adapters/sha256.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { sqsNotifier } from '../adapters/sqs-notices.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { SqsEventSchema, eachMessage } from '../shared/sqs-batch.ts';
import { logger } from '../shared/telemetry.ts';
import type { EscalateInput } from './escalate.ts';
import { escalate } from './escalate.ts';

const env = readEnv({
  ...CommonEnv,
  JOURNAL_TABLE: z.string().min(1),
  INCIDENTS_TABLE: z.string().min(1),
  LEASES_TABLE: z.string().min(1),
  NOTICES_QUEUE_URL: z.string().min(1),
});
const client = dynamodbClient();
const tables = { journal: env.JOURNAL_TABLE, incidents: env.INCIDENTS_TABLE, leases: env.LEASES_TABLE };

/** From the workflow: its state with what it caught. Lenient on purpose, since the state may be what was wrong. */
const FromWorkflowSchema = z.object({
  state: z.looseObject({ incidentId: IncidentIdSchema, failure: FailureSchema.optional() }),
});

/** The end of an execution that no catch saw; its name is the incident's id. */
const ExecutionEndSchema = z.object({
  detail: z.object({
    name: IncidentIdSchema,
    status: z.string(),
    error: z.string().nullish(),
    cause: z.string().nullish(),
  }),
});

const run = async (input: EscalateInput): Promise<void> => {
  await escalate(input, {
    clock: systemClock,
    journal: dynamodbJournal(client, env.JOURNAL_TABLE),
    incidents: {
      get: (incidentId) => getIncident(client, env.INCIDENTS_TABLE, incidentId),
      endAttempt: (end) => endAttempt(client, tables, end),
    },
    notifier: sqsNotifier(sqsClient(), env.NOTICES_QUEUE_URL),
    sha256,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
  });
  logger.warn('incident escalated', { incidentId: input.incidentId, error: input.failure.Error });
};

export const handler = agentHandler(z.union([SqsEventSchema, FromWorkflowSchema]), async (event) => {
  if ('Records' in event) {
    return eachMessage(event, async (body) => {
      const { detail } = ExecutionEndSchema.parse(JSON.parse(body));
      await run({
        incidentId: detail.name,
        failure: { Error: detail.error ?? `Execution${detail.status}`, Cause: detail.cause ?? 'no cause was given' },
      });
    });
  }
  const { incidentId, failure } = event.state;
  await run({
    incidentId,
    failure: failure ?? { Error: 'UnexpectedAnswer', Cause: 'a step answered with nothing that the workflow knows' },
  });
  return event.state;
});
