import * as z from 'zod';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { allExperiences } from '../adapters/dynamodb-experiences.ts';
import { storedTables } from '../adapters/dynamodb-qtable.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { checkLearning } from './learning-check.ts';

const env = readEnv({ ...CommonEnv, QTABLE_TABLE: z.string().min(1), EXPERIENCES_TABLE: z.string().min(1) });
const client = dynamodbClient();

/** Differences that a log line names; `kintsugi learner rebuild` lists them all. */
const NAMED = 10;

/** Fails when the Q-table is not the sum of its log: the function's errors are what the alarm looks at. */
export const handler = agentHandler(z.unknown(), async () => {
  const { experiences, rows, differences } = await checkLearning({
    log: { all: () => allExperiences(client, env.EXPERIENCES_TABLE) },
    tables: () => storedTables(client, env.QTABLE_TABLE),
  });
  if (differences.length > 0) {
    logger.error('the Q-table is not what its log says', { differences: differences.slice(0, NAMED) });
    throw new Error(`${differences.length} numbers of the Q-table differ from its log of ${experiences} experiences`);
  }
  logger.info('the Q-table is the sum of its log', { experiences, rows });
});
