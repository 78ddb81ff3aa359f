import { AttachRolePolicyCommand } from '@aws-sdk/client-iam';
import * as z from 'zod';
import { iamClient } from '../adapters/iam-client.ts';
import { calling } from '../adapters/sdk-errors.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { ssmModeSource } from '../adapters/ssm-mode.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { followMode } from './kill-switch.ts';

const env = readEnv({
  ...CommonEnv,
  MODE_PARAMETER: z.string().min(1),
  ACT_ROLE_NAME: z.string().min(1),
  DENIAL_ARN: z.string().min(1),
});

/** The event says that the mode was written, not what it is now: events come late and out of order. */
export const handler = agentHandler(z.unknown(), async () => {
  const result = await followMode({
    mode: ssmModeSource(ssmClient(), env.MODE_PARAMETER),
    deny: async () => {
      const command = new AttachRolePolicyCommand({ RoleName: env.ACT_ROLE_NAME, PolicyArn: env.DENIAL_ARN });
      await calling('iam:AttachRolePolicy', () => iamClient().send(command), env.ACT_ROLE_NAME);
    },
  });
  logger.warn('the mode was written', result);
  return result;
});
