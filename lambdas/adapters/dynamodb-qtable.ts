import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
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
