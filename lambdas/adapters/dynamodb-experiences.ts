import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { paginateScan } from '@aws-sdk/lib-dynamodb';
import { ExperienceSchema, LABEL, RELAPSE } from '../../core/contracts/experience.ts';
import type { EvidenceDelta } from '../../core/learning/evidence.ts';
import { mergeDeltas } from '../../core/learning/evidence.ts';
import { isLedger, ledgerVersion } from '../../core/learning/ledger.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { Experience, ExperienceStore } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';
import { batchGetFrom } from './dynamodb-batch-get.ts';
import type { TransactItems } from './dynamodb-transaction.ts';
import { writeAll } from './dynamodb-transaction.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

export interface LessonTables {
  readonly qtable: string;
  readonly experiences: string;
}

export const dynamodbExperiences = (client: DynamoDBDocumentClient, tables: LessonTables): ExperienceStore => ({
  of: async (incidentId) => {
    const keys = ['', RELAPSE, LABEL].map((suffix) => ({ executionId: `${incidentId}${suffix}` }));
    return (await batchGetFrom(client, tables.experiences, keys)).map(parseExperience);
  },
  learn: async (experience) => {
    const refused = await writeAll(client, lessonItems(tables, [experience]));
    if (refused === null) return 'learned';
    if (refused[0]?.failed === true) return 'known';
    throw new DependencyUnavailableError(`${experience.executionId} met a concurrent change: try again`);
  },
});

/** The whole log, in no particular order. */
export const allExperiences = async (client: DynamoDBDocumentClient, table: string): Promise<readonly Experience[]> => {
  const experiences: Experience[] = [];
  await calling('dynamodb:Scan', async () => {
    for await (const { Items = [] } of paginateScan({ client }, { TableName: table, ConsistentRead: true })) {
      experiences.push(...Items.map(parseExperience));
    }
  });
  return experiences;
};

const parseExperience = (item: Readonly<Record<string, unknown>>): Experience => {
  const { at, ...experience } = parseStored(ExperienceSchema, item, `experience ${String(item['executionId'])}`);
  return { ...experience, at: epochMs(at) };
};

/**
 * Events and what they add to rows, as items of one transaction: first an event each, put if absent, then a row each,
 * since a transaction may touch an item only once.
 */
export const lessonItems = (tables: LessonTables, experiences: readonly Experience[]): TransactItems => [
  ...experiences.map((experience) => ({
    Put: {
      TableName: tables.experiences,
      Item: { ...experience },
      ConditionExpression: 'attribute_not_exists(executionId)',
    },
  })),
  ...[...new Set(experiences.map(({ tier }) => tier))].flatMap((tier) => {
    const deltas = experiences.filter((experience) => experience.tier === tier).flatMap((one) => one.deltas);
    return mergeDeltas(deltas).map(({ hypothesis, add }) => evidenceAdd(tables.qtable, tier, hypothesis, add));
  }),
];

/** Evidence goes into the live table; what a version earned lies with that version's own rows. */
export const rowKey = (hypothesis: string): string =>
  `${isLedger(hypothesis) ? ledgerVersion(hypothesis) : 'live'}#${hypothesis}`;

const evidenceAdd = (
  table: string,
  tier: string,
  hypothesis: string,
  add: Readonly<Record<string, number>>,
): TransactItems[number] => {
  const counts = Object.entries(add);
  return {
    Update: {
      TableName: table,
      Key: { tier, row: rowKey(hypothesis) },
      UpdateExpression: `ADD ${counts.map((_, index) => `#c${index} :c${index}`).join(', ')}`,
      ExpressionAttributeNames: Object.fromEntries(counts.map(([name], index) => [`#c${index}`, name])),
      ExpressionAttributeValues: Object.fromEntries(counts.map(([, value], index) => [`:c${index}`, value])),
    },
  };
};

/** Adds corrections to the rows of a tier; they belong to no event, because the log is what they make the table equal to. */
export const correctRows = async (
  client: DynamoDBDocumentClient,
  tables: LessonTables,
  tier: string,
  deltas: readonly EvidenceDelta[],
): Promise<void> => {
  for (const { hypothesis, add } of deltas) {
    await writeAll(client, [evidenceAdd(tables.qtable, tier, hypothesis, add)]);
  }
};
