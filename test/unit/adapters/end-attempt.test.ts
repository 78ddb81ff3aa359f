import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { AttemptEnd } from '../../../core/shared/ports.ts';
import { documentsOver } from '../../../lambdas/adapters/dynamodb-client.ts';
import { endAttempt } from '../../../lambdas/adapters/dynamodb-end-attempt.ts';
import { aChain, anIncident, at, OPENED } from '../../support/builders.ts';
import { startAwsEndpoint, type Answer, type AwsEndpoint, type Call } from './aws-endpoint.ts';

interface Written {
  readonly TransactItems: readonly { readonly Update?: { readonly Key: object; readonly UpdateExpression: string } }[];
}

const [record] = aChain([OPENED]);
const end: AttemptEnd = {
  record: record as AttemptEnd['record'],
  incident: anIncident(),
  close: false,
  members: [],
  workloadId: 'payments',
  lease: { resource: 'payments', fencingToken: 1, expiresAt: '2026-11-21T05:45:00.000Z' },
  pastAction: { incidentId: 'inc-1', actionId: 'restart', at: at(0), outcome: 'recovered', changeIds: ['task-1'] },
  experience: null,
};

/** What was written to the lease and to the history of the workload, by each try. */
const tried = ({ body }: Call): readonly (string | undefined)[] => {
  const { TransactItems } = JSON.parse(body) as Written;
  return ['workload#payments', 'history#payments'].map(
    (key) =>
      TransactItems.find(({ Update }) => JSON.stringify(Update?.Key ?? {}).includes(key))?.Update?.UpdateExpression,
  );
};

/** Refuses the update of a key for its condition. */
const refusing = (call: Call, key: string): Answer => {
  const { TransactItems } = JSON.parse(call.body) as Written;
  const CancellationReasons = TransactItems.map(({ Update }) => ({
    Code: JSON.stringify(Update?.Key ?? {}).includes(key) ? 'ConditionalCheckFailed' : 'None',
  }));
  return { status: 400, body: { __type: 'TransactionCanceledException', CancellationReasons } };
};

describe('the end of an attempt whose history is full', () => {
  let endpoint: AwsEndpoint;
  afterEach(() => endpoint.close());
  const ended = async (answer: (call: Call, index: number) => Answer): Promise<readonly (readonly unknown[])[]> => {
    endpoint = await startAwsEndpoint(answer);
    const client = documentsOver(new DynamoDBClient(endpoint.settings));
    const tables = { incidents: 'incidents', journal: 'journal', leases: 'leases' };
    expect(await endAttempt(client, tables, end)).toEqual({ status: 'appended' });
    return endpoint.calls.map(tried);
  };
  const RELEASE = 'SET expiresAt = :past';
  const APPEND = expect.stringMatching(/^SET actions = list_append/) as unknown;
  const TURN = expect.stringMatching(/^SET older = actions, actions = :action,/) as unknown;

  test('forgets the older half of it, and lets the lease go all the same', async () => {
    const calls = await ended((call, index) => (index === 0 ? refusing(call, 'history#payments') : { body: {} }));
    expect(calls).toEqual([
      [RELEASE, APPEND],
      [RELEASE, TURN],
    ]);
  });

  test('appends when another end has made room meanwhile', async () => {
    const calls = await ended((call, index) => (index < 2 ? refusing(call, 'history#payments') : { body: {} }));
    expect(calls).toEqual([
      [RELEASE, APPEND],
      [RELEASE, TURN],
      [RELEASE, APPEND],
    ]);
  });

  test('still forgets it when its lease is another one by now', async () => {
    const calls = await ended((call, index) =>
      index === 2 ? { body: {} } : refusing(call, index === 0 ? 'history#payments' : 'workload#payments'),
    );
    expect(calls).toEqual([
      [RELEASE, APPEND],
      [RELEASE, TURN],
      [undefined, TURN],
    ]);
  });
});
