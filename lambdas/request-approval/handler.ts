import * as z from 'zod';
import { systemClock } from '../adapters/clock.ts';
import { renewApproval, requestApproval as writeRequest } from '../adapters/dynamodb-approval.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { sha256 } from '../adapters/sha256.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { sqsNotifier } from '../adapters/sqs-notices.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { RequestApprovalInputSchema, recordAnswer, requestApproval } from './request-approval.ts';

const env = readEnv({
  ...CommonEnv,
  INCIDENTS_TABLE: z.string().min(1),
  JOURNAL_TABLE: z.string().min(1),
  NOTICES_QUEUE_URL: z.string().min(1),
});
const client = dynamodbClient();

export const handler = agentHandler(RequestApprovalInputSchema, async (input) => {
  const deps = {
    clock: systemClock,
    journal: dynamodbJournal(client, env.JOURNAL_TABLE),
    incidents: {
      requestApproval: (request: Parameters<typeof writeRequest>[2]) =>
        writeRequest(client, env.INCIDENTS_TABLE, request),
      renewApproval: (request: Parameters<typeof renewApproval>[2]) =>
        renewApproval(client, env.INCIDENTS_TABLE, request),
    },
    notifier: sqsNotifier(sqsClient(), env.NOTICES_QUEUE_URL),
    sha256,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
  };
  const { incidentId, decision } = input.state;
  if (input.command === 'record') {
    const state = await recordAnswer(input.state, deps);
    logger.info('approval answered', {
      incidentId,
      answer: state.approval?.answer,
      approver: state.approval?.approver,
    });
    return state;
  }
  await requestApproval(input, deps);
  logger.info('approval requested', { incidentId, command: input.command, planHash: decision.planHash });
  return null;
});
