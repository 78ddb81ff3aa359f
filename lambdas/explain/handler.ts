import * as z from 'zod';
import { LoopStateSchema } from '../../core/contracts/loop-state.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { endAttempt } from '../adapters/dynamodb-end-attempt.ts';
import { dynamodbExperiences } from '../adapters/dynamodb-experiences.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { dynamodbEvidence } from '../adapters/dynamodb-qtable.ts';
import { sha256 } from '../adapters/sha256.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { sqsFollowUp } from '../adapters/sqs-follow-up.ts';
import { sqsNotifier } from '../adapters/sqs-notices.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CatalogueEnv, catalogueIn } from '../shared/catalogue.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { explain } from './explain.ts';

const env = readEnv({
  ...CommonEnv,
  ...CatalogueEnv,
  JOURNAL_TABLE: z.string().min(1),
  INCIDENTS_TABLE: z.string().min(1),
  LEASES_TABLE: z.string().min(1),
  EXPERIENCES_TABLE: z.string().min(1),
  QTABLE_TABLE: z.string().min(1),
  NOTICES_QUEUE_URL: z.string().min(1),
  SIGNALS_QUEUE_URL: z.string().min(1),
});
const client = dynamodbClient();
const catalogue = catalogueIn(env);
const tables = {
  journal: env.JOURNAL_TABLE,
  incidents: env.INCIDENTS_TABLE,
  leases: env.LEASES_TABLE,
  experiences: env.EXPERIENCES_TABLE,
  qtable: env.QTABLE_TABLE,
};

export const handler = agentHandler(LoopStateSchema, async (state) => {
  const explained = await explain(state, {
    clock: systemClock,
    journal: dynamodbJournal(client, env.JOURNAL_TABLE),
    incidents: { endAttempt: (end) => endAttempt(client, tables, end) },
    evidence: dynamodbEvidence(client, env.QTABLE_TABLE),
    experiences: dynamodbExperiences(client, tables),
    catalogue,
    notifier: sqsNotifier(sqsClient(), env.NOTICES_QUEUE_URL),
    sha256,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
    limits: env.KINTSUGI_LIMITS,
    followUp: sqsFollowUp(sqsClient(), env.SIGNALS_QUEUE_URL),
  });
  logger.info('attempt explained', {
    incidentId: state.incidentId,
    attempt: state.attempt,
    disposition: explained.disposition,
  });
  return explained;
});
