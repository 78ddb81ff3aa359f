import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { StoredAgent } from '../../core/api/agents.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

const StoredAgentSchema = z.object({
  agentId: z.string(),
  state: z.string().nullable().default(null),
  lastHeartbeat: z.iso.datetime().nullable().default(null),
});

/** The registry of agents: one item for each, so few that one page holds them all. */
export const storedAgents = async (client: DynamoDBDocumentClient, table: string): Promise<readonly StoredAgent[]> => {
  const { Items = [] } = await calling('dynamodb:Scan', () => client.send(new ScanCommand({ TableName: table })));
  return Items.map((item) => parseStored(StoredAgentSchema, item, `agent ${String(item['agentId'])}`));
};
