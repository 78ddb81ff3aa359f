import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { allExperiences } from '../adapters/dynamodb-experiences.ts';
import { eventBridgeClient } from '../adapters/eventbridge-client.ts';
import { eventBridgePublisher } from '../adapters/eventbridge-publisher.ts';
import { modelPointers } from '../adapters/model-pointers.ts';
import { calling } from '../adapters/sdk-errors.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { readPublishedPointer } from '../adapters/ssm-pointer.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { promote, PromoterInputSchema } from './promoter.ts';

const env = readEnv({
  ...CommonEnv,
  AGENTS_TABLE: z.string().min(1),
  EXPERIENCES_TABLE: z.string().min(1),
  QTABLE_TABLE: z.string().min(1),
  MODEL_PARAMETER: z.string().min(1),
  EVENT_BUS_NAME: z.string().min(1),
});
const client = dynamodbClient();

const report = async (lastDecision: string, at: string): Promise<void> => {
  await calling('dynamodb:UpdateItem', () =>
    client.send(
      new UpdateCommand({
        TableName: env.AGENTS_TABLE,
        Key: { agentId: env.AGENT_ID },
        UpdateExpression: 'SET lastHeartbeat = :at, lastDecision = :decision, #state = :idle',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':at': at, ':decision': lastDecision, ':idle': 'IDLE' },
      }),
    ),
  );
};

/** One data point in CloudWatch's embedded metric format; the alarm model-returned waits for it. */
const countReturn = (): void => {
  const metric = {
    Namespace: 'Kintsugi',
    Dimensions: [['service']],
    Metrics: [{ Name: 'ModelReturned', Unit: 'Count' }],
  };
  const aws = { Timestamp: systemClock.now(), CloudWatchMetrics: [metric] };
  process.stdout.write(`${JSON.stringify({ _aws: aws, service: 'promoter', ModelReturned: 1 })}\n`);
};

export const handler = agentHandler(PromoterInputSchema, async (input) => {
  const result = await promote(input, {
    clock: systemClock,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
    pointers: modelPointers(client, env.QTABLE_TABLE, ssmClient(), env.MODEL_PARAMETER),
    published: () => readPublishedPointer(ssmClient(), env.MODEL_PARAMETER),
    experiences: { all: () => allExperiences(client, env.EXPERIENCES_TABLE) },
    events: eventBridgePublisher(eventBridgeClient(), env.EVENT_BUS_NAME, systemClock),
    report,
  });
  if (result.done === 'returned') countReturn();
  logger.info('models looked after', { command: input.command, ...result });
  return result;
});
