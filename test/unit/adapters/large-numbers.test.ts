import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { creditIncident } from '../../../core/learning/credit.ts';
import { defaultCatalogue as catalogue } from '../../../core/learning/default-catalogue.ts';
import { applyDeltas, MAX_CLOCK, type QTable } from '../../../core/learning/evidence.ts';
import { posteriorOf } from '../../../core/learning/posterior.ts';
import { documentsOver } from '../../../lambdas/adapters/dynamodb-client.ts';
import { dynamodbExperiences } from '../../../lambdas/adapters/dynamodb-experiences.ts';
import { dynamodbEvidence } from '../../../lambdas/adapters/dynamodb-qtable.ts';
import { plainItem } from '../../../lambdas/adapters/plain-item.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { startAwsEndpoint, type Answer, type AwsEndpoint, type Call } from './aws-endpoint.ts';

interface Wire {
  readonly N: string;
}
interface Written {
  readonly Item?: Readonly<Record<string, Wire>>;
  readonly TransactItems?: readonly {
    readonly Update?: {
      readonly Key: Readonly<Record<'row', { readonly S: string }>>;
      readonly ExpressionAttributeNames: Readonly<Record<string, string>>;
      readonly ExpressionAttributeValues: Readonly<Record<string, Wire>>;
    };
  }[];
}

/** As DynamoDB writes numbers: all digits before the point, and no exponent. */
const digits = (value: number): string => (Number.isInteger(value) ? BigInt(value).toString() : String(value));
const wire = (value: number): Wire => ({ N: digits(value) });

/** The one item that was put, and rows that are added up. */
const items = () => {
  let item: Readonly<Record<string, Wire>> = {};
  const rows = new Map<string, Map<string, number>>();
  return ({ operation, body }: Call): Answer => {
    const said = JSON.parse(body) as Written;
    if (operation === 'GetItem') return { body: { Item: item } };
    if (operation === 'PutItem') {
      item = Object.fromEntries(Object.entries(said.Item ?? {}).map(([name, { N }]) => [name, wire(Number(N))]));
    }
    for (const { Update: update } of said.TransactItems ?? []) {
      if (update === undefined) continue;
      const row = rows.get(update.Key.row.S) ?? new Map<string, number>();
      Object.entries(update.ExpressionAttributeNames).forEach(([place, name]) => {
        row.set(name, (row.get(name) ?? 0) + Number(update.ExpressionAttributeValues[place.replace('#', ':')]?.N));
      });
      rows.set(update.Key.row.S, row);
    }
    const stored = [...rows].map(([row, counts]) => ({
      tier: { S: 'web' },
      row: { S: row },
      ...Object.fromEntries([...counts].map(([name, value]) => [name, wire(value)])),
    }));
    return { body: operation === 'Query' ? { Items: stored } : {} };
  };
};

let endpoint: AwsEndpoint;
beforeEach(async () => {
  endpoint = await startAwsEndpoint(items());
});
afterEach(() => endpoint.close());
const client = () => documentsOver(new DynamoDBClient(endpoint.settings));

test.each([1e89, 2 ** 53 + 2, -1.5e90, 0.95 ** -MAX_CLOCK, 0.1])('%d comes back as it was written', async (value) => {
  const documents = client();
  await documents.send(new PutCommand({ TableName: 'numbers', Item: { value } }));
  expect((await documents.send(new GetCommand({ TableName: 'numbers', Key: { id: 'a' } }))).Item).toEqual({ value });
  expect(plainItem({ value: wire(value) })).toEqual({ value });
});

test('any finite number is read from its digits as itself', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e120, max: 1e120 }), (value) => {
      expect(plainItem({ value: wire(value) })).toEqual({ value: value + 0 });
    }),
  );
});

const symptoms = Object.fromEntries(catalogue.symptoms.map(({ id }) => [id, id === 'memHigh']));
const outcome = (table: QTable, recovered: boolean) =>
  creditIncident({
    catalogue,
    table,
    symptoms,
    label: 'memLeak',
    steps: [{ action: 'restart', recovered, minutes: 5, worse: false, relapsed: recovered ? false : null }],
  });
const cureOf = (table: QTable): number => {
  const { cure, hypotheses, actions } = posteriorOf(catalogue, 'prod', table);
  return cure[hypotheses.indexOf('memLeak') * actions.length + actions.indexOf('restart')] ?? NaN;
};

test('a cell that is touched for years is written, read and decided by, also past the end of its clock', async () => {
  const store = dynamodbExperiences(client(), { qtable: 'qtable', experiences: 'experiences' });
  const evidence = dynamodbEvidence(client(), 'qtable');
  let table: QTable = new Map();
  for (const until of [600, 650, 700, MAX_CLOCK, MAX_CLOCK + 500]) {
    const before = table.get('memLeak') ?? {};
    for (let touch = before['touched.restart'] ?? 0; touch < until; touch += 1)
      table = applyDeltas(table, outcome(table, true));
    const counts = Object.entries(table.get('memLeak') ?? {});
    const add = Object.fromEntries(counts.map(([name, value]) => [name, value - (before[name] ?? 0)]));
    const deltas = [{ hypothesis: 'memLeak', add }];
    await store.learn({ executionId: `until-${until}`, kind: 'incident', tier: 'web', at: epochMs(0), deltas });
    const read = await evidence.load('web');
    expect(read.get('memLeak')?.['touched.restart']).toBe(until);
    expect(Math.max(...Object.values(read.get('memLeak') ?? {}))).toBeLessThan(1e100);
    expect(cureOf(read)).toBeGreaterThan(0.9);
    expect(cureOf(applyDeltas(read, outcome(read, false)))).toBeLessThan(cureOf(read));
  }
});
