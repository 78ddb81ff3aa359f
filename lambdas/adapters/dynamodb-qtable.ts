import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand, paginateScan } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { EvidenceRow, QTable } from '../../core/learning/evidence.ts';
import { isLedger } from '../../core/learning/ledger.ts';
import type { EvidenceStore } from '../../core/shared/ports.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

const RowSchema = z.object({ tier: z.string(), row: z.string() }).catchall(z.number());

/** The rows of the live table, one per hypothesis; a tier is loaded with one request. */
export const dynamodbEvidence = (
  client: DynamoDBDocumentClient,
  tableName: string,
  version = 'live',
): EvidenceStore => ({
  load: async (tier) => {
    const { Items } = await calling('dynamodb:Query', () =>
      client.send(
        new QueryCommand({
          TableName: tableName,
          KeyConditionExpression: 'tier = :tier AND begins_with(#row, :version)',
          ExpressionAttributeNames: { '#row': 'row' },
          ExpressionAttributeValues: { ':tier': tier, ':version': `${version}#` },
        }),
      ),
    );
    return new Map(
      (Items ?? []).map((item) => {
        const { tier: _, row, ...counts } = parseStored(RowSchema, item, `Q-table row of ${tier}`);
        return [row.slice(version.length + 1), counts];
      }),
    );
  },
});

/** What the log of experiences adds up to: the live rows of all tiers, and the ledger of every version. */
export const storedTables = async (
  client: DynamoDBDocumentClient,
  tableName: string,
): Promise<ReadonlyMap<string, QTable>> => {
  const tables = new Map<string, Map<string, EvidenceRow>>();
  const keep = (item: Readonly<Record<string, unknown>>): void => {
    const key = String(item['row']);
    const name = key.slice(key.indexOf('#') + 1);
    if (!key.startsWith('live#') && !isLedger(name)) return;
    const { tier, row: _, ...counts } = parseStored(RowSchema, item, `Q-table row ${key}`);
    tables.set(tier, (tables.get(tier) ?? new Map<string, EvidenceRow>()).set(name, counts));
  };
  await calling('dynamodb:Scan', async () => {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: tableName, ConsistentRead: true })) {
      Items.forEach(keep);
    }
  });
  return tables;
};
