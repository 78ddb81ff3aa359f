import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, QueryCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import type { Incident } from '../../core/contracts/incident.ts';
import { IncidentSchema } from '../../core/contracts/incident.ts';
import type { JournalRecord } from '../../core/contracts/journal.ts';
import { JournalRecordSchema } from '../../core/contracts/journal.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';

/** Reads what the healer wrote, through the same tables that everybody reads. */
export interface Watcher {
  /** Incidents of these workloads that were opened at or after an instant, oldest first. */
  incidentsSince(workloads: readonly string[], since: Date): Promise<readonly Incident[]>;
  /** Incidents of these workloads that have not ended, the oldest first. */
  openIncidents(workloads: readonly string[]): Promise<readonly Incident[]>;
  journal(incidentId: string): Promise<readonly JournalRecord[]>;
  /** Forgets what was done to these workloads, so that one run does not slow the next down. */
  forgetHistory(workloads: readonly string[]): Promise<void>;
}

export const watcherOf = (cloud: Pick<LocalCloud, 'endpoint' | 'outputs'>): Watcher => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient({ endpoint: cloud.endpoint }));
  const table = (name: string): string => {
    const found = cloud.outputs['Kintsugi-dev-Data']?.[`${name}TableName`];
    if (found === undefined) throw new Error(`the deployment has no output for the table ${name}`);
    return found;
  };
  const incidentsOf = async (workloads: readonly string[]): Promise<readonly Incident[]> => {
    const found: Incident[] = [];
    for await (const { Items = [] } of paginateScan(
      { client },
      { TableName: table('Incidents'), ConsistentRead: true },
    )) {
      found.push(...Items.map((item) => IncidentSchema.parse(item)));
    }
    return found
      .filter(({ workloadId }) => workloads.includes(workloadId))
      .sort((a, b) => a.openedAt.localeCompare(b.openedAt));
  };
  return {
    incidentsSince: async (workloads, since) =>
      (await incidentsOf(workloads)).filter(({ openedAt }) => new Date(openedAt) >= since),
    openIncidents: async (workloads) => (await incidentsOf(workloads)).filter(({ closedAt }) => closedAt === null),
    journal: async (incidentId) => {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName: table('Journal'),
          KeyConditionExpression: 'incidentId = :id',
          ExpressionAttributeValues: { ':id': incidentId },
          ConsistentRead: true,
        }),
      );
      return Items.map((item) => JournalRecordSchema.parse(item));
    },
    forgetHistory: async (workloads) => {
      for (const workload of workloads) {
        const command = new DeleteCommand({ TableName: table('Leases'), Key: { resource: `history#${workload}` } });
        await client.send(command);
      }
    },
  };
};
