import * as z from 'zod';
import { ValidateInputSchema } from '../../core/contracts/loop-state.ts';
import { systemClock } from '../adapters/clock.ts';
import { cloudWatchAlarms } from '../adapters/cloudwatch-alarms.ts';
import { cloudWatchClient } from '../adapters/cloudwatch-client.ts';
import { cloudWatchMetrics } from '../adapters/cloudwatch-metrics.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { sha256 } from '../adapters/sha256.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { validate } from './validate.ts';

const env = readEnv({ ...CommonEnv, JOURNAL_TABLE: z.string().min(1) });

export const handler = agentHandler(ValidateInputSchema, async (input) => {
  const validated = await validate(input, {
    clock: systemClock,
    alarms: cloudWatchAlarms(cloudWatchClient()),
    metrics: cloudWatchMetrics(cloudWatchClient()),
    journal: dynamodbJournal(dynamodbClient(), env.JOURNAL_TABLE),
    sha256,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
    limits: env.KINTSUGI_LIMITS,
  });
  logger.info('evidence validated', { incidentId: input.incidentId, result: validated.validation?.result });
  return validated;
});
