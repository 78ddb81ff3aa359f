import * as z from 'zod';
import { systemClock } from '../adapters/clock.ts';
import { requestApproval as writeRequest } from '../adapters/dynamodb-approval.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { snsClient } from '../adapters/sns-client.ts';
import { snsNotifier } from '../adapters/sns-notifier.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { RequestApprovalInputSchema, requestApproval } from './request-approval.ts';

const env = readEnv({
  ...CommonEnv,
  INCIDENTS_TABLE: z.string().min(1),
  NOTIFICATION_TOPIC_ARN: z.string().min(1),
});

export const handler = agentHandler(RequestApprovalInputSchema, async (input) => {
  await requestApproval(input, {
    clock: systemClock,
    incidents: { requestApproval: (request) => writeRequest(dynamodbClient(), env.INCIDENTS_TABLE, request) },
    notifier: snsNotifier(snsClient(), env.NOTIFICATION_TOPIC_ARN),
    limits: env.KINTSUGI_LIMITS,
  });
  logger.info('approval requested', { incidentId: input.state.incidentId, planHash: input.state.decision.planHash });
});
