import * as z from 'zod';
import { DecideInputSchema } from '../../core/contracts/loop-state.ts';
import { systemClock } from '../adapters/clock.ts';
import { decidingModels } from '../adapters/deciding-models.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { sha256 } from '../adapters/sha256.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CatalogueEnv, catalogueIn } from '../shared/catalogue.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { decide } from './decide.ts';

const env = readEnv({
  ...CommonEnv,
  ...CatalogueEnv,
  JOURNAL_TABLE: z.string().min(1),
  QTABLE_TABLE: z.string().min(1),
  MODEL_PARAMETER: z.string().min(1),
});
const client = dynamodbClient();
const catalogue = catalogueIn(env);

export const handler = agentHandler(DecideInputSchema, async (input) => {
  const decided = await decide(input, {
    clock: systemClock,
    journal: dynamodbJournal(client, env.JOURNAL_TABLE),
    models: decidingModels(ssmClient(), env.MODEL_PARAMETER, client, env.QTABLE_TABLE),
    catalogue,
    sha256,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
    limits: env.KINTSUGI_LIMITS,
  });
  logger.info('action decided', {
    incidentId: input.incidentId,
    actionId: decided.decision?.plan.actionId,
    reason: decided.decision?.reason,
    fingerprint: decided.decision?.fingerprint,
  });
  return decided;
});
