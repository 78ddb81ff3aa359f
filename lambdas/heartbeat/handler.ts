import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { heartbeatEvent } from '../../core/journal/heartbeat.ts';
import { toIso } from '../../core/shared/units.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { eventBridgeClient } from '../adapters/eventbridge-client.ts';
import { eventBridgePublisher } from '../adapters/eventbridge-publisher.ts';
import { calling } from '../adapters/sdk-errors.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';

const env = readEnv({ ...CommonEnv, AGENTS_TABLE: z.string().min(1), EVENT_BUS_NAME: z.string().min(1) });

/** Says that the system is alive; the dead-man's alarm outside fires when nobody says it any more. */
export const handler = agentHandler(z.unknown(), async () => {
  const at = toIso(systemClock.now());
  await calling('dynamodb:UpdateItem', () =>
    dynamodbClient().send(
      new UpdateCommand({
        TableName: env.AGENTS_TABLE,
        Key: { agentId: env.AGENT_ID },
        UpdateExpression: 'SET lastHeartbeat = :at, #state = if_not_exists(#state, :idle)',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: { ':at': at, ':idle': 'IDLE' },
      }),
    ),
  );
  await eventBridgePublisher(eventBridgeClient(), env.EVENT_BUS_NAME, systemClock).publish([
    heartbeatEvent('auto-healer', env.AGENT_ID, env.KINTSUGI_ENV, at),
  ]);
  logger.info('heartbeat', { at });
});
