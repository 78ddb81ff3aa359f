import { createHash } from 'node:crypto';
import { AgentNameSchema, type AgentName } from '../../core/contracts/agent.ts';
import type { EnvironmentName } from '../../core/contracts/workload.ts';

/** When the agents' roles were defined; part of every agent's id. */
const DEFINED_AT = '20261121-053000';

/**
 * The id of an environment's instance of an agent, `AGENT-YYYYMMDD-HHMMSS-NNNN-XXXX`.
 *
 * The same agent has the same id in every deployment of its environment: journals stay comparable over the years.
 */
export const agentId = (agent: AgentName, environment: EnvironmentName): string => {
  const number = AgentNameSchema.options.indexOf(agent) + 1;
  const suffix = createHash('sha256').update(`${environment}/${agent}`).digest('hex').slice(0, 4).toUpperCase();
  return `AGENT-${DEFINED_AT}-${String(number).padStart(4, '0')}-${suffix}`;
};
