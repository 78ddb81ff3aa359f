import * as z from 'zod';

/** What an agent is doing; the seven phases of the loop plus IDLE, inside the life cycle CREATED ... TERMINATED. */
export const AgentStateSchema = z.enum([
  'CREATED',
  'IDLE',
  'OBSERVING',
  'VALIDATING',
  'DECIDING',
  'ENFORCING',
  'ACTING',
  'OBSERVING_RESULTS',
  'EXPLAINING',
  'TERMINATED',
]);
export type AgentState = z.output<typeof AgentStateSchema>;

/** The agents' roles that run today; the id's last part names the environment's instance. */
export const AgentNameSchema = z.enum(['issue-monitor', 'auto-healer', 'rl-optimizer', 'interaction-agent']);
export type AgentName = z.output<typeof AgentNameSchema>;

/** `AGENT-YYYYMMDD-HHMMSS-NNNN-XXXX`: when it was created, its number, a random suffix. */
export const AgentIdSchema = z
  .string()
  .regex(/^AGENT-\d{8}-\d{6}-\d{4}-[0-9A-F]{4}$/, 'must look like AGENT-20261121-053000-0001-9F3A');

/** Carried by every log line, event and journal record. */
export const AgentStampSchema = z.object({
  agent_id: AgentIdSchema,
  agent_state: AgentStateSchema,
  last_decision: z.string().nullable(),
});
export type AgentStamp = z.output<typeof AgentStampSchema>;
