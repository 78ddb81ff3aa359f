import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { EnforceInputSchema } from '../../core/contracts/loop-state.ts';
import type { PolicyEngine } from '../../core/guard/policy.ts';
import { PolicySetSchema } from '../../core/guard/policy-set.ts';
import { cedarPolicies, noPolicies } from '../adapters/cedar-policies.ts';
import { loadCedar } from '../adapters/cedar.ts';
import { systemClock } from '../adapters/clock.ts';
import { dynamodbClient } from '../adapters/dynamodb-client.ts';
import { dynamodbCoordination } from '../adapters/dynamodb-coordination.ts';
import { dynamodbJournal } from '../adapters/dynamodb-journal.ts';
import { sha256 } from '../adapters/sha256.ts';
import { ssmClient } from '../adapters/ssm-client.ts';
import { ssmModeSource } from '../adapters/ssm-mode.ts';
import { agentHandler } from '../shared/agent-handler.ts';
import { CommonEnv, readEnv } from '../shared/env.ts';
import { logger } from '../shared/telemetry.ts';
import { enforce } from './enforce.ts';

const env = readEnv({
  ...CommonEnv,
  JOURNAL_TABLE: z.string().min(1),
  LEASES_TABLE: z.string().min(1),
  MODE_PARAMETER: z.string().min(1),
});
const client = dynamodbClient();

/** Begun while the function starts. What cannot be loaded denies, verdict by verdict, and says why. */
const policies = openPolicies();
async function openPolicies(): Promise<PolicyEngine> {
  try {
    const set = PolicySetSchema.parse(JSON.parse(await readFile(join(__dirname, 'policies.json'), 'utf8')));
    return cedarPolicies(await loadCedar(), set);
  } catch (error) {
    logger.error('the policies cannot be loaded: everything is denied', { error });
    return noPolicies(error);
  }
}

export const handler = agentHandler(EnforceInputSchema, async (input) => {
  const enforced = await enforce(input, {
    clock: systemClock,
    journal: dynamodbJournal(client, env.JOURNAL_TABLE),
    coordination: dynamodbCoordination(client, { leases: env.LEASES_TABLE, journal: env.JOURNAL_TABLE }),
    policies: await policies,
    mode: ssmModeSource(ssmClient(), env.MODE_PARAMETER),
    sha256,
    env: env.KINTSUGI_ENV,
    agentId: env.AGENT_ID,
    limits: env.KINTSUGI_LIMITS,
  });
  logger.info('verdict given', {
    incidentId: input.incidentId,
    actionId: input.decision.plan.actionId,
    verdict: enforced.verdict?.verdict,
    reasons: enforced.verdict?.guards.filter(({ result }) => result !== 'allow').map(({ reason }) => reason),
  });
  return enforced;
});
