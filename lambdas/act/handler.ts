import * as z from 'zod';
import { ActInputSchema, UndoInputSchema } from '../../core/contracts/loop-state.ts';
import { actuators } from '../adapters/actuators.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbIntents } from '../adapters/dynamodb-intents.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { ecsActuator } from '../adapters/ecs-actuator.ts';
import { ecsClient } from '../adapters/ecs-client.ts';
import { lambdaAliasActuator } from '../adapters/lambda-alias-actuator.ts';
import { lambdaClient } from '../adapters/lambda-client.ts';
import { sha256 } from '../adapters/sha256.ts';
import { sqsClient } from '../adapters/sqs-client.ts';
import { sqsRedriveActuator } from '../adapters/sqs-redrive-actuator.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { ssmModeSource } from '../adapters/ssm-mode.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { workloadInstruments } from '../shared/instruments.ts';
import { logger } from '../shared/telemetry.ts';
import { act, undo } from './act.ts';

const env = readEnv({
  ...CommonEnv,
  JOURNAL_TABLE: z.string().min(1),
  LEASES_TABLE: z.string().min(1),
  MODE_PARAMETER: z.string().min(1),
});
const client = dynamodbClient();

const CommandSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('apply'), state: ActInputSchema }),
  z.object({ command: z.literal('undo'), state: UndoInputSchema }),
]);

export const handler = agentHandler(CommandSchema, async (input) => {
  const deps = {
    ...workloadInstruments(),
    journal: dynamodbJournal(client, env.JOURNAL_TABLE),
    coordination: dynamodbIntents(client, { leases: env.LEASES_TABLE, journal: env.JOURNAL_TABLE }),
    mode: ssmModeSource(ssmClient(), env.MODE_PARAMETER),
    actuator: actuators({
      'ecs-service': ecsActuator(ecsClient()),
      'lambda-function': lambdaAliasActuator(lambdaClient()),
      'sqs-queue': sqsRedriveActuator(sqsClient()),
    }),
    sha256,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
    limits: env.KINTSUGI_LIMITS,
  };
  const state = input.command === 'apply' ? await act(input.state, deps) : await undo(input.state, deps);
  logger.info('action finished', {
    incidentId: state.incidentId,
    command: input.command,
    actionId: state.action?.actionId,
    status: state.action?.status,
    detail: state.action?.detail,
  });
  return state;
});
