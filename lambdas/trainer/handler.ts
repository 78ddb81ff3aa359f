import * as z from 'zod';
import { ArchiveQuestionSchema } from '../../core/contracts/model-archive.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { allExperiences } from '../adapters/dynamodb-experiences.ts';
import { installVersion, readPointer } from '../adapters/dynamodb-pointer.ts';
import { s3Client } from '../adapters/s3-client.ts';
import { s3Models } from '../adapters/s3-models.ts';
import { sha256 } from '../adapters/sha256.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CatalogueEnv, catalogueIn } from '../shared/catalogue.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { answerAbout } from './archive.ts';
import { train, TrainerInputSchema } from './trainer.ts';

const env = readEnv({
  ...CommonEnv,
  ...CatalogueEnv,
  EXPERIENCES_TABLE: z.string().min(1),
  QTABLE_TABLE: z.string().min(1),
  MODELS_BUCKET: z.string().min(1),
  CODE_VERSION: z.string().min(1),
});
const client = dynamodbClient();
const catalogue = catalogueIn(env);
const archive = s3Models(s3Client(), env.MODELS_BUCKET, sha256);

/** A step of the workflow, or a question of the API about what is kept. */
const InputSchema = z.union([TrainerInputSchema, ArchiveQuestionSchema]);

export const handler = agentHandler(InputSchema, async (input) => {
  if (input.command === 'list' || input.command === 'show') return answerAbout(input, archive);
  const result = await train(input, {
    clock: systemClock,
    sha256,
    experiences: { all: () => allExperiences(client, env.EXPERIENCES_TABLE) },
    archive,
    pointers: {
      read: () => readPointer(client, env.QTABLE_TABLE),
      install: (snapshot) => installVersion(client, env.QTABLE_TABLE, snapshot),
    },
    catalogue,
    limits: env.KINTSUGI_LIMITS,
    codeVersion: env.CODE_VERSION,
  });
  logger.info('model trained', { command: input.command, ...result });
  return result;
});
