import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { randomBytes } from 'node:crypto';
import { LIVE } from '../../core/contracts/model.ts';
import { defaultCatalogue } from '../../core/learning/default-catalogue.ts';
import { FIRST_POINTER, rollBack, startCanary, versionFor, widenCanary } from '../../core/model/pointer.ts';
import type { Experience } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';
import { decidingModels } from '../../lambdas/adapters/deciding-models.ts';
import { dynamodbClient } from '../../lambdas/adapters/dynamodb-client.ts';
import { allExperiences, dynamodbExperiences } from '../../lambdas/adapters/dynamodb-experiences.ts';
import { modelPointers } from '../../lambdas/adapters/model-pointers.ts';
import { s3Models } from '../../lambdas/adapters/s3-models.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { publishPointer } from '../../lambdas/adapters/ssm-pointer.ts';
import { ssmClient } from '../../lambdas/adapters/ssm-client.ts';
import { change } from '../../lambdas/promoter/promoter.ts';
import { train } from '../../lambdas/trainer/trainer.ts';
import { startEmulator, type Emulator } from '../../local/emulator/start-emulator.ts';
import { AGENT_ID, aLimits } from '../support/builders.ts';
import { simulatedClock } from '../support/simulated-clock.ts';

/** From an experience to a version that decides, and back: over DynamoDB, S3 and SSM. */
jest.setTimeout(60_000);

const environment = { ...process.env };
const run = randomBytes(4).toString('hex');
const tables = { qtable: `qtable-${run}`, experiences: `experiences-${run}` };
const bucket = `models-${run}`;
const parameter = `/kintsugi/dev/model-${run}`;
const clock = simulatedClock();
let emulator: Emulator;

const create = (table: string, ...keys: readonly string[]) =>
  dynamodbClient().send(
    new CreateTableCommand({
      TableName: table,
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: keys.map((AttributeName, index) => ({ AttributeName, KeyType: index === 0 ? 'HASH' : 'RANGE' })),
      AttributeDefinitions: keys.map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
    }),
  );

/** As the CLI does it: the SDK's own endpoint rules, the bucket in the path. */
const s3 = () => new S3Client({ forcePathStyle: true });
const archive = () => s3Models(s3(), bucket, sha256);
const pointers = () => modelPointers(dynamodbClient(), tables.qtable, ssmClient(), parameter);
const deciding = () => decidingModels(ssmClient(), parameter, dynamodbClient(), tables.qtable);
const log = { all: () => allExperiences(dynamodbClient(), tables.experiences) };

const trainer = () => ({
  clock,
  sha256,
  experiences: log,
  archive: archive(),
  pointers: pointers(),
  catalogue: defaultCatalogue,
  limits: aLimits(),
  codeVersion: '1',
});

const anExperience = (number: number): Experience => ({
  executionId: `inc-${number}`,
  kind: 'incident',
  tier: 'web',
  at: epochMs(Date.parse('2026-11-21T09:00:00Z') + number),
  deltas: [{ hypothesis: 'deadlock', add: { 'fixed.restart': 1, mix: 1 } }],
});

beforeAll(async () => {
  emulator = await startEmulator({ dir: process.cwd(), enforceIam: false });
  Object.assign(process.env, emulator.env);
  await create(tables.qtable, 'tier', 'row');
  await create(tables.experiences, 'executionId');
  await s3().send(new CreateBucketCommand({ Bucket: bucket }));
  await publishPointer(ssmClient(), parameter, FIRST_POINTER);
});

afterAll(async () => {
  await emulator?.stop();
  process.env = environment;
});

test('an experience is learned once; a version is frozen once for the same log', async () => {
  const store = dynamodbExperiences(dynamodbClient(), tables);
  expect(await store.learn(anExperience(1))).toBe('learned');
  expect(await store.learn(anExperience(1))).toBe('known');
  const frozen = await train({ command: 'snapshot' }, trainer());
  expect(frozen.verdict).toBe('new');
  expect(await train({ command: 'snapshot' }, trainer())).toMatchObject({
    verdict: 'nothing_new',
    version: frozen.version,
  });
  expect((await archive().get(frozen.version)).tables).toEqual({
    web: { deadlock: { 'fixed.restart': 1, mix: 1 } },
  });
});

test('too little data is judged, recorded and not promoted', async () => {
  const [version = ''] = await archive().versions();
  const judged = await train({ command: 'evaluate', version }, trainer());
  expect(judged.verdict).toBe('not_better');
  expect((await archive().evaluations(version))[0]).toMatchObject({ candidate: version, passed: false });
});

test('a version that is pointed to decides by its own rows, until it is taken back', async () => {
  const [version = ''] = await archive().versions();
  const snapshot = await archive().get(version);
  await pointers().install(snapshot);
  const deps = { pointers: pointers(), clock, agentId: AGENT_ID };
  await change(deps, 'a test', (now, by) => startCanary(now, snapshot.version, by));
  expect((await deciding().pointer()).canary).toMatchObject({ candidate: version, share: 0.1 });
  await change(deps, 'a test', widenCanary);
  await change(deps, 'a test', widenCanary);

  await dynamodbExperiences(dynamodbClient(), tables).learn(anExperience(2));
  const decides = versionFor(await deciding().pointer(), 'inc-any', sha256);
  expect(decides).toBe(version);
  expect((await deciding().load(decides, 'web')).get('deadlock')).toEqual({ 'fixed.restart': 1, mix: 1 });

  await change(deps, 'a test', rollBack);
  expect(versionFor(await deciding().pointer(), 'inc-any', sha256)).toBe(LIVE);
  expect((await deciding().load(LIVE, 'web')).get('deadlock')).toEqual({ 'fixed.restart': 2, mix: 2 });
});

test('of many who flip at once, every change is kept', async () => {
  const before = (await pointers().read()).revision;
  const deps = { pointers: pointers(), clock, agentId: AGENT_ID };
  const touch = () => change(deps, 'a race', (now) => ({ ok: true, value: { ...now, revision: now.revision + 1 } }));
  const results = await Promise.allSettled(Array.from({ length: 3 }, touch));
  const flipped = results.filter(({ status }) => status === 'fulfilled').length;
  const [truth, copy] = [await pointers().read(), await deciding().pointer()];
  expect(truth.revision).toBe(before + flipped);
  expect(copy.revision).toBe(truth.revision);
});
