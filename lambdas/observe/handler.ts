import * as z from 'zod';
import { ObserveInputSchema } from '../../core/contracts/loop-state.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { sha256 } from '../adapters/sha256.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { workloadInstruments } from '../shared/instruments.ts';
import { logger } from '../shared/telemetry.ts';
import { observe } from './observe.ts';

const env = readEnv({ ...CommonEnv, JOURNAL_TABLE: z.string().min(1) });

export const handler = agentHandler(ObserveInputSchema, async (input) => {
  const observed = await observe(input, {
    ...workloadInstruments(),
    journal: dynamodbJournal(dynamodbClient(), env.JOURNAL_TABLE),
    sha256,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
    limits: env.KINTSUGI_LIMITS,
  });
  logger.info('outcome measured', {
    incidentId: input.incidentId,
    status: observed.outcome?.status,
    reason: observed.outcome?.reason,
  });
  return observed;
});
