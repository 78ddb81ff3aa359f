import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { MAX_MEMBERS } from '../../../core/incident/members.ts';
import { UNKNOWN } from '../../../core/learning/catalogue.ts';
import { defaultCatalogue } from '../../../core/learning/default-catalogue.ts';
import { ledgerRow } from '../../../core/learning/ledger.ts';
import { DependencyUnavailableError } from '../../../core/shared/errors.ts';
import type { Experience } from '../../../core/shared/ports.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { batchGetFrom } from '../../../lambdas/adapters/dynamodb-batch-get.ts';
import { endAttempt } from '../../../lambdas/adapters/dynamodb-end-attempt.ts';
import { incidentContext } from '../../../lambdas/adapters/dynamodb-incidents.ts';
import { leaseKeys } from '../../../lambdas/adapters/dynamodb-leases.ts';
import { aRecord, aService, anIncident, at, isoAt } from '../../support/builders.ts';
import { type Answer, type AwsEndpoint, type Call, startAwsEndpoint } from './aws-endpoint.ts';

/** What DynamoDB takes in one request: a hundred keys, a hundred items of a transaction. */
const MOST = 100;

let endpoint: AwsEndpoint;
afterEach(() => endpoint.close());

const clientOf = async (answer: (call: Call, index: number) => Answer): Promise<DynamoDBDocumentClient> => {
  endpoint = await startAwsEndpoint(answer);
  return DynamoDBDocumentClient.from(new DynamoDBClient(endpoint.settings));
};

type Requests = Readonly<Record<string, { readonly Keys: readonly Record<string, { readonly S: string }>[] }>>;
const requestsOf = ({ body }: Call): Requests => (JSON.parse(body) as { RequestItems: Requests }).RequestItems;
const keysOf = (call: Call) => Object.values(requestsOf(call)).flatMap(({ Keys }) => Keys);
const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `w${index}`);

/** A table in which each key has its item. */
const echo = (call: Call): Answer => ({
  body: {
    Responses: Object.fromEntries(Object.entries(requestsOf(call)).map(([table, { Keys }]) => [table, Keys])),
    UnprocessedKeys: {},
  },
});

describe('reading many keys', () => {
  const keys = (count: number) => names(count).map((resource) => ({ resource }));

  test('takes a hundred to a request', async () => {
    const client = await clientOf(echo);
    expect(await batchGetFrom(client, 'Leases', keys(230))).toEqual(keys(230));
    expect(endpoint.calls.map((call) => keysOf(call).length)).toEqual([100, 100, 30]);
  });

  test('asks for nothing when nothing is wanted', async () => {
    const client = await clientOf(echo);
    expect(await batchGetFrom(client, 'Leases', [])).toEqual([]);
    expect(endpoint.calls).toEqual([]);
  });

  test('asks again for what an answer left over, and for no more than that', async () => {
    const client = await clientOf((call, index) => {
      if (index > 0) return echo(call);
      const [first, ...others] = requestsOf(call)['Leases']?.Keys ?? [];
      return {
        body: { Responses: { Leases: [first] }, UnprocessedKeys: { Leases: { Keys: others, ConsistentRead: true } } },
      };
    });
    expect(await batchGetFrom(client, 'Leases', keys(3))).toEqual(keys(3));
    expect(endpoint.calls.map((call) => keysOf(call).length)).toEqual([3, 2]);
  });

  test('takes no key for absent that was never answered', async () => {
    const client = await clientOf((call) => ({ body: { Responses: {}, UnprocessedKeys: requestsOf(call) } }));
    const reading = batchGetFrom(client, 'Leases', keys(1));
    await expect(reading).rejects.toThrow(DependencyUnavailableError);
    expect(endpoint.calls).toHaveLength(5);
  });
});

test('an incident in a group of sixty workloads finds all of them', async () => {
  const incident = anIncident();
  const members = names(60);
  const stored = (key: Readonly<Record<string, { readonly S: string }>>): Record<string, unknown> => {
    if (key['incidentId'] !== undefined) return { ...incident };
    if (key['workloadId'] !== undefined) return { ...aService(key['workloadId'].S) };
    return {
      resource: key['resource']?.S,
      incidentId: 'another',
      open: key['resource']?.S === leaseKeys.incident('w59'),
    };
  };
  const client = await clientOf((call) => {
    const requests = Object.entries(requestsOf(call));
    if (keysOf(call).length > MOST) return { status: 400, body: { __type: 'ValidationException' } };
    const marshalled = requests.map(([table, { Keys }]) => [table, Keys.map((key) => marshall(stored(key)))] as const);
    return { body: { Responses: Object.fromEntries(marshalled) } };
  });
  const tables = { incidents: 'Incidents', workloads: 'Workloads', leases: 'Leases' };
  const context = await incidentContext(client, tables, incident.incidentId, members);
  expect(context.workloads.map(({ workloadId }) => workloadId)).toEqual(members);
  expect(context.claimed).toEqual({ w59: 'another' });
});

test('the largest end of an incident fits into one transaction', async () => {
  const client = await clientOf(() => ({ body: {} }));
  const attempts = ['v1', 'v2', 'v3'];
  const rows = [...defaultCatalogue.hypotheses.map(({ id }) => id), UNKNOWN, ...attempts.map(ledgerRow)];
  const taught = (executionId: string, tier: string): Experience => ({
    executionId,
    tier,
    at: at(0),
    deltas: rows.map((hypothesis) => ({ hypothesis, add: { mix: 1 } })),
  });
  const incident = anIncident();
  const tables = { incidents: 'I', journal: 'J', leases: 'L', experiences: 'E', qtable: 'Q' };
  await endAttempt(client, tables, {
    record: aRecord(null, { kind: 'attempt_explained', body: { disposition: 'recovered', explanation: 'over' } }),
    incident,
    close: true,
    members: names(MAX_MEMBERS),
    workloadId: incident.workloadId,
    lease: { resource: incident.workloadId, fencingToken: 1, expiresAt: isoAt(60) },
    pastAction: { incidentId: 'i', actionId: 'restart', at: epochMs(0), outcome: 'recovered', changeIds: [] },
    experience: taught('now', 'web'),
    // Its workload has another tier by now.
    relapse: taught('before#relapse', 'worker'),
  });
  const [{ body } = { body: '{}' }] = endpoint.calls;
  const items = (JSON.parse(body) as { TransactItems: readonly unknown[] }).TransactItems.length;
  expect(items).toBe(5 + 2 + 2 * (17 + 3) + MAX_MEMBERS);
  expect(items).toBeLessThanOrEqual(MOST);
});
