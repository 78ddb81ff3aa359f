import { setTimeout as sleep } from 'node:timers/promises';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { creditIncident, creditRelapse } from '../../core/learning/credit.ts';
import { defaultCatalogue as catalogue } from '../../core/learning/default-catalogue.ts';
import { ledgerDeltas, ledgerEntries } from '../../core/learning/ledger.ts';
import { tableDifferences } from '../../core/learning/rebuild.ts';
import { tablesOf } from '../../core/model/snapshot.ts';
import type { Experience } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';
import { dynamodbClient } from '../../lambdas/adapters/dynamodb-client.ts';
import { allExperiences, correctRows, dynamodbExperiences } from '../../lambdas/adapters/dynamodb-experiences.ts';
import { dynamodbEvidence, storedTables } from '../../lambdas/adapters/dynamodb-qtable.ts';
import { checkLearning } from '../../lambdas/learning-check/learning-check.ts';
import { randomOf } from '../../bench/learning/random.ts';
import { startEmulator, type Emulator } from '../../local/emulator/start-emulator.ts';

/**
 * Exactly once (decision 0022) over DynamoDB: 32 writers on a few hot rows, one delivery in nine a duplicate, and writers that die
 * before or after their write and are started again. What the emulator does not do: it has no conflicts between
 * transactions, so the retry after one is not seen here.
 */
jest.setTimeout(180_000);

const WRITERS = 32;
const UNIQUE = 1_500;
const DUPLICATES = 0.11;
const CRASHES = 0.02;
const TIERS = ['web', 'batch'] as const;
const tables = { qtable: 'qtable', experiences: 'experiences' };

const environment = { ...process.env };
let emulator: Emulator;
let client: DynamoDBDocumentClient;
let requests = 0;

const create = (TableName: string, ...keys: readonly string[]) =>
  client.send(
    new CreateTableCommand({
      TableName,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
    }),
  );

beforeAll(async () => {
  emulator = await startEmulator({ dir: process.cwd(), enforceIam: false });
  Object.assign(process.env, emulator.env);
  client = dynamodbClient();
  await create(tables.qtable, 'tier', 'row');
  await create(tables.experiences, 'executionId');
  client.middlewareStack.add((next) => (args) => ((requests += 1), next(args)), { step: 'finalizeRequest' });
});

afterAll(async () => {
  client.destroy();
  await emulator.stop();
  process.env = environment;
});

const LEADING = ['deadlock', 'dbPool', 'crashLoop', 'memLeak'] as const;
const ACTIONS = ['restart', 'redeploy', 'scaleOut', 'wait'] as const;
const seen = (...present: string[]) =>
  Object.fromEntries(catalogue.symptoms.map(({ id }) => [id, present.includes(id)]));

/** What Explain does when an incident is over: reads the tier's rows, computes the lesson, writes it. */
const learnOnce = async (number: number): Promise<'learned' | 'known'> => {
  const random = randomOf(number, 3);
  const tier = TIERS[number % TIERS.length] ?? 'web';
  const hypothesis = LEADING[Math.floor(random() * LEADING.length)] ?? 'deadlock';
  const action = ACTIONS[Math.floor(random() * ACTIONS.length)] ?? 'restart';
  const recovered = random() < 0.7;
  const table = await dynamodbEvidence(client, tables.qtable).load(tier);
  const step = { action, recovered, minutes: 5 * random(), worse: false, relapsed: recovered ? false : null };
  const symptoms = seen('latHigh', ...(random() < 0.5 ? ['healthFail'] : ['errHigh', 'dbConnSat']));
  const deltas = [
    ...creditIncident({ catalogue, table, symptoms, steps: [step] }),
    ...ledgerDeltas([{ modelVersion: 'live', hypothesis, action, healed: recovered }]),
  ];
  const experience: Experience = { executionId: `inc-${number}`, kind: 'incident', tier, at: epochMs(number), deltas };
  return dynamodbExperiences(client, tables).learn(experience);
};

test('32 writers learn every unique experience exactly once, with at most 3 requests each', async () => {
  const random = randomOf(1, 1);
  const deliveries = Array.from({ length: UNIQUE }, (_, number) => number).flatMap((number) =>
    random() < DUPLICATES ? [number, number] : [number],
  );
  deliveries.sort(() => random() - 0.5);
  const before = requests;
  const results: ('learned' | 'known')[] = [];
  const deliver = async (number: number): Promise<void> => {
    if (random() < CRASHES) await sleep(1); // it died before it wrote: the message comes again
    results.push(await learnOnce(number));
    if (random() < CRASHES) results.push(await learnOnce(number)); // it died after, before it could say so
  };
  const writer = async (): Promise<void> => {
    for (let number = deliveries.pop(); number !== undefined; number = deliveries.pop()) await deliver(number);
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));

  const log = await allExperiences(client, tables.experiences);
  expect(results.filter((result) => result === 'learned')).toHaveLength(UNIQUE);
  expect(results.length).toBeGreaterThan(UNIQUE * 1.1);
  expect(new Set(log.map(({ executionId }) => executionId)).size).toBe(UNIQUE);
  const perUpdate = (requests - before) / results.length;
  expect(perUpdate).toBeLessThanOrEqual(3);

  const stored = await storedTables(client, tables.qtable);
  expect(tableDifferences(stored, tablesOf(log))).toEqual([]);
  const counted = [...stored.values()].flatMap((table) => ledgerEntries(table));
  expect(counted.reduce((sum, { own }) => sum + own.healed + own.failed, 0)).toBe(UNIQUE);
});

test('a relapse that is reported twice is learned once', async () => {
  const store = dynamodbExperiences(client, tables);
  const log = await allExperiences(client, tables.experiences);
  const healed = log.find(({ deltas }) => creditRelapse(deltas).length > 0);
  if (healed === undefined) throw new Error('no experience holds a cure');
  const event: Experience = {
    ...healed,
    executionId: `${healed.executionId}#relapse`,
    kind: 'relapse',
    deltas: creditRelapse(healed.deltas),
  };
  expect(await store.learn(event)).toBe('learned');
  expect(await store.learn(event)).toBe('known');
  const told = await store.of(healed.executionId);
  expect(told.map(({ kind }) => kind).sort()).toEqual(['incident', 'relapse']);
  expect(await store.of('inc-unheard-of')).toEqual([]);
});

test('the check finds a row that was changed by hand, and its correction makes it equal again', async () => {
  const check = () =>
    checkLearning({
      log: { all: () => allExperiences(client, tables.experiences) },
      tables: () => storedTables(client, tables.qtable),
    });
  expect((await check()).differences).toEqual([]);
  await correctRows(client, tables, 'web', [{ hypothesis: 'deadlock', add: { mix: 2.5 } }]);
  const { differences } = await check();
  expect(differences).toMatchObject([{ tier: 'web', row: 'deadlock', attribute: 'mix' }]);
  await correctRows(client, tables, 'web', [{ hypothesis: 'deadlock', add: { mix: differences[0]?.missing ?? 0 } }]);
  expect((await check()).differences).toEqual([]);
});
