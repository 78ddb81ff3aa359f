import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { dynamodbPlacement } from '../../../lambdas/adapters/dynamodb-placement.ts';
import { anIncident, aSignal, at, isoAt } from '../../support/builders.ts';
import type { Answer, Call } from './aws-endpoint.ts';
import { startAwsEndpoint } from './aws-endpoint.ts';

const tables = { incidents: 'incidents', leases: 'leases', journal: 'journal' };
const incident = anIncident();
const signal = aSignal({ signalId: 'late', occurredAt: isoAt(10) });

/** The transaction's second item, after the signal's own: the incident's view, which is in the way. */
const refusal = (stored: object): Answer => ({
  status: 400,
  body: {
    __type: 'com.amazonaws.dynamodb.v20120810#TransactionCanceledException',
    message: 'Transaction cancelled',
    CancellationReasons: [{ Code: 'None' }, { Code: 'ConditionalCheckFailed', Item: marshall(stored) }],
  },
});

/** What is asked of the incident's item, round by round. */
const updatesOf = (calls: readonly Call[]): readonly { readonly update: string; readonly condition: string }[] =>
  calls.map(({ body }) => {
    const { TransactItems } = JSON.parse(body) as { TransactItems: { Update?: Record<string, string> }[] };
    const { UpdateExpression = '', ConditionExpression = '' } = TransactItems[1]?.Update ?? {};
    return { update: UpdateExpression, condition: ConditionExpression };
  });

const attachOver = async (answer: (call: Call, index: number) => Answer) => {
  const endpoint = await startAwsEndpoint(answer);
  const client = new DynamoDBClient(endpoint.settings);
  try {
    const { attach } = dynamodbPlacement(DynamoDBDocumentClient.from(client), tables);
    return { attached: await attach(incident.incidentId, [signal]), updates: updatesOf(endpoint.calls) };
  } finally {
    client.destroy();
    await endpoint.close();
  }
};

test('the time of the last signal only goes forward: a signal that came late is written without it', async () => {
  const newer = { ...incident, signals: [], lastSignalAt: at(60) };
  const { attached, updates } = await attachOver((_, round) => (round === 0 ? refusal(newer) : { body: {} }));
  expect(attached).toEqual(['attached']);
  expect(updates[0]).toEqual({
    update: expect.stringContaining('SET lastSignalAt = :at') as string,
    condition: expect.stringContaining('lastSignalAt <= :at') as string,
  });
  expect(updates[1]).toEqual({
    update: 'SET signals = list_append(signals, :signals) ADD signalCount :count, heardFrom :heardFrom',
    condition: '#status IN (:open, :asked) AND size(signals) <= :room',
  });
});

test('where the list is full as well, nothing is left to set', async () => {
  const full = { ...incident, signals: Array.from({ length: 20 }, () => signal), lastSignalAt: at(60) };
  const { attached, updates } = await attachOver((_, round) => (round === 0 ? refusal(full) : { body: {} }));
  expect(attached).toEqual(['attached']);
  expect(updates[1]).toEqual({
    update: 'ADD signalCount :count, heardFrom :heardFrom',
    condition: '#status IN (:open, :asked)',
  });
});

test('a refusal that neither explains is about a change of what has changed since', async () => {
  const { attached } = await attachOver(() => refusal({ ...incident, signals: [], lastSignalAt: at(5) }));
  expect(attached).toBe('changed');
});
