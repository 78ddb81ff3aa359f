import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';
import { CreateTableCommand } from '@aws-sdk/client-dynamodb';
import { randomBytes } from 'node:crypto';
import {
  addConsent,
  claimApproval,
  reopenApproval,
  pendingApproval,
  renewApproval,
  requestApproval,
} from '../../lambdas/adapters/dynamodb-approval.ts';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { type MetricWatch, NEW_WATCH } from '../../core/detection/metric-watch.ts';
import { tableDifferences } from '../../core/learning/rebuild.ts';
import { tablesOf } from '../../core/model/snapshot.ts';
import type { Experience } from '../../core/shared/ports.ts';
import { epochMs } from '../../core/shared/units.ts';
import { systemClock } from '../../lambdas/adapters/clock.ts';
import { dynamodbClient } from '../../lambdas/adapters/dynamodb-client.ts';
import { dynamodbCoordination } from '../../lambdas/adapters/dynamodb-coordination.ts';
import { endAttempt } from '../../lambdas/adapters/dynamodb-end-attempt.ts';
import {
  earlierIncidents,
  getIncident,
  incidentContext,
  listIncidents,
} from '../../lambdas/adapters/dynamodb-incidents.ts';
import { allExperiences, dynamodbExperiences } from '../../lambdas/adapters/dynamodb-experiences.ts';
import { putFeedback } from '../../lambdas/adapters/dynamodb-feedback.ts';
import { feedbackOf } from '../../lambdas/adapters/dynamodb-interactions.ts';
import { dynamodbJournal } from '../../lambdas/adapters/dynamodb-journal.ts';
import {
  lookAfter,
  lookedAfterBy,
  readConversation,
  returnLink,
  takeLink,
  writeConversation,
} from '../../lambdas/adapters/dynamodb-notices.ts';
import { dynamodbPlacement } from '../../lambdas/adapters/dynamodb-placement.ts';
import { dynamodbEvidence, storedTables } from '../../lambdas/adapters/dynamodb-qtable.ts';
import { dynamodbWatches, registeredWorkloads } from '../../lambdas/adapters/dynamodb-watches.ts';
import { deregisterWorkload, dynamodbRegistry, registerWorkload } from '../../lambdas/adapters/dynamodb-workloads.ts';
import { startEmulator, type Emulator } from '../../local/emulator/start-emulator.ts';
import { aService, isoAt } from '../support/builders.ts';
import type { Stores } from '../support/stores.ts';
import { coordinationSuite } from '../support/suites/coordination-suite.ts';
import { incidentStoreSuite } from '../support/suites/incident-store-suite.ts';
import { journalSuite } from '../support/suites/journal-suite.ts';

/** The stores over DynamoDB, with the keys of `lib/stacks/data-stack.ts`; the suites are the ones that hold the fakes. */
jest.setTimeout(60_000);

const environment = { ...process.env };
const run = randomBytes(4).toString('hex');
const tables = {
  journal: `journal-${run}`,
  incidents: `incidents-${run}`,
  leases: `leases-${run}`,
  qtable: `qtable-${run}`,
  experiences: `experiences-${run}`,
  workloads: `workloads-${run}`,
  detectors: `detectors-${run}`,
  interactions: `interactions-${run}`,
  traffic: `traffic-${run}`,
};
let emulator: Emulator;
let stores: Stores;

interface Key {
  readonly name: string;
  readonly type: 'S' | 'N';
}
const text = (name: string): Key => ({ name, type: 'S' });

const create = async (
  table: string,
  keys: readonly Key[],
  indexes: Readonly<Record<string, readonly Key[]>> = {},
): Promise<void> => {
  const schema = (list: readonly Key[]) =>
    list.map(({ name }, index) => ({ AttributeName: name, KeyType: index === 0 ? 'HASH' : 'RANGE' }) as const);
  const attributes = new Map([keys, ...Object.values(indexes)].flat().map(({ name, type }) => [name, type]));
  const input: CreateTableCommandInput = {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: schema(keys),
    AttributeDefinitions: [...attributes].map(([AttributeName, AttributeType]) => ({ AttributeName, AttributeType })),
  };
  const global = Object.entries(indexes).map(([IndexName, list]) => ({
    IndexName,
    KeySchema: schema(list),
    Projection: { ProjectionType: 'ALL' as const },
  }));
  await dynamodbClient().send(
    new CreateTableCommand(global.length === 0 ? input : { ...input, GlobalSecondaryIndexes: global }),
  );
};

beforeAll(async () => {
  emulator = await startEmulator({ dir: process.cwd(), enforceIam: false });
  Object.assign(process.env, emulator.env);
  await create(tables.journal, [text('incidentId'), { name: 'seq', type: 'N' }]);
  await create(tables.incidents, [text('incidentId')], {
    byStatus: [text('status'), text('openedAt')],
    byWorkload: [text('workloadId'), text('openedAt')],
  });
  await create(tables.leases, [text('resource')]);
  await create(tables.qtable, [text('tier'), text('row')]);
  await create(tables.experiences, [text('executionId')]);
  await create(tables.workloads, [text('workloadId')]);
  await create(tables.detectors, [text('metric')]);
  await create(tables.interactions, [text('kind'), text('id')]);
  await create(tables.traffic, [text('kind'), text('id')]);
  stores = dynamodbStores();
});

afterAll(async () => {
  dynamodbClient().destroy();
  await emulator.stop();
  process.env = environment;
});

const dynamodbStores = (): Stores => {
  const client = dynamodbClient();
  return {
    journal: dynamodbJournal(client, tables.journal),
    coordination: dynamodbCoordination(client, tables),
    incidents: {
      ...dynamodbPlacement(client, tables),
      get: (incidentId) => getIncident(client, tables.incidents, incidentId),
      endAttempt: (end) => endAttempt(client, tables, end),
      requestApproval: (request) => requestApproval(client, tables.incidents, request),
      renewApproval: (request) => renewApproval(client, tables.incidents, request),
      context: (incidentId, members) => incidentContext(client, tables, incidentId, members),
      earlier: (workloadId, incidentId, dayAgo) =>
        earlierIncidents(client, tables.incidents, workloadId, incidentId, dayAgo),
    },
    evidence: dynamodbEvidence(client, tables.qtable),
    experiences: dynamodbExperiences(client, tables),
    registry: {
      all: () => dynamodbRegistry(client, tables.workloads, systemClock).all(),
      register: (workload) => registerWorkload(client, tables.workloads, workload, 'shop'),
    },
    approvals: {
      pending: (incidentId) => pendingApproval(client, tables.incidents, incidentId),
      claim: (request) => claimApproval(client, tables.incidents, request),
      reopen: (request) => reopenApproval(client, tables.incidents, request),
      consent: (request, consent) => addConsent(client, tables.incidents, request, consent),
    },
  };
};

describe('journal over DynamoDB', () => journalSuite(() => stores));
describe('coordination over DynamoDB', () => coordinationSuite(() => stores));
describe('incidents over DynamoDB', () => incidentStoreSuite(() => stores));

test('lists come newest first, of one status or of all, and no longer than asked', async () => {
  const client = dynamodbClient();
  const open = await listIncidents(client, tables.incidents, 'open', 3);
  expect(open).toHaveLength(3);
  expect(open.every(({ status }) => status === 'open')).toBe(true);
  const all = await listIncidents(client, tables.incidents, undefined, 100);
  expect(new Set(all.map(({ status }) => status))).toEqual(new Set(['open', 'recovered', 'dismissed']));
  expect(all.map(({ openedAt }) => openedAt)).toEqual(
    all
      .map(({ openedAt }) => openedAt)
      .sort()
      .reverse(),
  );
});

test('the registry forgets a workload that was taken out, and names one that it cannot read', async () => {
  const client = dynamodbClient();
  const workload = aService('registry-a');
  await registerWorkload(client, tables.workloads, workload, 'shop');
  expect(await dynamodbRegistry(client, tables.workloads, systemClock).all()).toContainEqual(workload);
  const another = registerWorkload(client, tables.workloads, workload, 'another');
  await expect(another).rejects.toThrow(/registered by shop, so another cannot/);
  await deregisterWorkload(client, tables.workloads, 'registry-a', 'another');
  expect(await dynamodbRegistry(client, tables.workloads, systemClock).all()).toContainEqual(workload);
  await deregisterWorkload(client, tables.workloads, 'registry-a', 'shop');
  expect(await dynamodbRegistry(client, tables.workloads, systemClock).all()).not.toContainEqual(workload);
  await registerWorkload(client, tables.workloads, { ...workload, workloadId: 'registry-b', minTasks: -1 }, 'shop');
  await expect(dynamodbRegistry(client, tables.workloads, systemClock).all()).rejects.toThrow(/workload registry-b/);
  await deregisterWorkload(client, tables.workloads, 'registry-b', 'shop');
});

describe('a rating', () => {
  const incidentId = 'inc-20261121-053000-payments-abcdef';
  const feedback = {
    incidentId,
    person: 'ada',
    at: isoAt(0),
    resolved: true,
    rating: 'helpful',
    comment: null,
  } as const;
  const lesson: Experience = {
    executionId: `${incidentId}#feedback`,
    kind: 'feedback',
    tier: 'rated',
    at: epochMs(0),
    deltas: [{ hypothesis: 'deadlock', add: { 'fixed.restart': 0.25 } }],
  };
  const put = (person: string) => putFeedback(dynamodbClient(), tables, person, { ...feedback, person }, lesson);
  const learned = async () => {
    const [log, stored] = await Promise.all([
      allExperiences(dynamodbClient(), tables.experiences),
      storedTables(dynamodbClient(), tables.qtable),
    ]);
    const rated = log.filter(({ tier }) => tier === 'rated');
    const differences = tableDifferences(new Map([['rated', stored.get('rated') ?? new Map()]]), tablesOf(rated));
    return { events: rated.length, row: stored.get('rated')?.get('deadlock'), differences };
  };

  test('is kept once per person, teaches once per incident, and leaves the table the sum of its log', async () => {
    const kept = await Promise.all([put('ada'), put('ada'), put('grace')]);
    expect(kept.filter(Boolean)).toHaveLength(2);
    expect(await put('grace')).toBe(false);
    expect(await feedbackOf(dynamodbClient(), tables.interactions, incidentId)).toHaveLength(2);
    expect(await learned()).toEqual({ events: 1, row: { 'fixed.restart': 0.25 }, differences: [] });
  });
});

describe('what people are told', () => {
  const incidentId = 'inc-20261121-053000-payments-abcdef';
  const chat = { recipient: 'chat', incidentId };
  const now = epochMs(Date.parse(isoAt(0)));

  test('a link is taken by one of many, and by another once it was given back', async () => {
    const client = dynamodbClient();
    const take = () => takeLink(client, tables.traffic, 'f'.repeat(32), now);
    const taken = await Promise.all(Array.from({ length: 20 }, take));
    expect(taken.filter((one) => one)).toHaveLength(1);
    await returnLink(client, tables.traffic, 'f'.repeat(32));
    expect([await take(), await take()]).toEqual([true, false]);
  });

  test('what was told later is never replaced by what was told before', async () => {
    const client = dynamodbClient();
    const read = () => readConversation(client, tables.traffic, 'chat', incidentId);
    expect(await read()).toEqual({ told: null, held: null });
    const write = (kind: 'told' | 'held', key: string, at: string) =>
      writeConversation(client, tables.traffic, chat, { kind, key, at }, now);
    await write('held', 'recovered', isoAt(20));
    await write('told', 'recovered', isoAt(20));
    await write('told', 'question:x', isoAt(10));
    const last = { key: 'recovered', at: isoAt(20) };
    expect(await read()).toEqual({ told: last, held: last });
    expect(await readConversation(client, tables.traffic, 'mail', incidentId)).toEqual({ told: null, held: null });
  });

  test('the first who looks after an incident is who does', async () => {
    const client = dynamodbClient();
    const by = (name: string) => lookAfter(client, tables.traffic, incidentId, name, now);
    expect(await lookedAfterBy(client, tables.traffic, incidentId)).toBeNull();
    expect([await by('link:chat'), await by('ada@example.com')]).toEqual([true, false]);
    expect(await lookedAfterBy(client, tables.traffic, incidentId)).toBe('link:chat');
  });
});

describe('the memory of the detector', () => {
  const watches = () => dynamodbWatches(dynamodbClient(), tables.detectors);
  const memory: MetricWatch = { ...NEW_WATCH, newestAt: 1_795_000_000_000, announcedAt: 1_795_000_000_000 };
  const save = (metric: string, watch: MetricWatch, version: number) =>
    watches().save(metric, watch, { version, now: systemClock.now() });

  test('comes back as it was stored, more than a hundred metrics at once', async () => {
    const metrics = Array.from({ length: 120 }, (_, i) => `shop-${i}#errorRate`);
    await Promise.all(metrics.map((metric, i) => save(metric, { ...memory, newestAt: i }, 0)));
    const stored = await watches().load([...metrics, 'nobody#errorRate']);
    expect(stored.size).toBe(120);
    expect(stored.get('shop-7#errorRate')).toMatchObject({ version: 1, watch: { ...memory, newestAt: 7 } });
  });

  test('is stored by the first of two looks that began with the same one', async () => {
    expect(await save('race#errorRate', memory, 0)).toBe('saved');
    const answers = await Promise.all([1, 2, 3].map((newestAt) => save('race#errorRate', { ...memory, newestAt }, 1)));
    expect(answers.toSorted()).toEqual(['overtaken', 'overtaken', 'saved']);
    expect((await watches().load(['race#errorRate'])).get('race#errorRate')?.version).toBe(2);
    expect(await save('race#errorRate', memory, 1)).toBe('overtaken');
  });

  test('that cannot be read any more is none, and is replaced', async () => {
    const item = { metric: 'torn#errorRate', version: 3, memory: Buffer.from('not what we wrote') };
    await dynamodbClient().send(new PutCommand({ TableName: tables.detectors, Item: item }));
    expect((await watches().load(['torn#errorRate'])).get('torn#errorRate')).toMatchObject({ version: 3, watch: null });
    expect(await save('torn#errorRate', memory, 3)).toBe('saved');
  });

  test('belongs to workloads that are registered', async () => {
    const workload = aService('watched-a');
    await registerWorkload(dynamodbClient(), tables.workloads, workload, 'shop');
    expect(await registeredWorkloads(dynamodbClient(), tables.workloads, ['watched-a', 'gone'])).toEqual([workload]);
    await deregisterWorkload(dynamodbClient(), tables.workloads, 'watched-a', 'shop');
  });
});
