import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { LambdaFunctionWorkloadSchema } from '../../../core/contracts/workload.ts';
import { FIRST_POINTER } from '../../../core/model/pointer.ts';
import { settingsFor } from '../../../lambdas/adapters/clients.ts';
import { addConsent, claimApproval } from '../../../lambdas/adapters/dynamodb-approval.ts';
import { flipPointer } from '../../../lambdas/adapters/dynamodb-pointer.ts';
import { lambdaAliasActuator } from '../../../lambdas/adapters/lambda-alias-actuator.ts';
import { aRequest } from '../../support/approvals.ts';
import { aQueue, isoAt } from '../../support/builders.ts';
import { type Answer, type AwsEndpoint, type Call, startAwsEndpoint } from './aws-endpoint.ts';

/**
 * A write that was carried out, and whose answer was lost: the SDK sends it once more, and its condition no longer holds,
 * because of itself.
 */

let endpoint: AwsEndpoint;
afterEach(() => endpoint.close());

/** As the product's clients are, with their retries. */
const settings = async (dependency: string, answer: (call: Call, index: number) => Answer) => {
  endpoint = await startAwsEndpoint(answer);
  return { ...endpoint.settings, ...settingsFor(dependency) };
};

/** The first write is carried out and its answer lost; the second meets `stored`. */
const losing = async (stored: (write: Call) => object): Promise<DynamoDBDocumentClient> => {
  const client = new DynamoDBClient(
    await settings('dynamodb', (call, index) => {
      if (index === 0) return { body: {}, lost: true };
      const failed = { __type: 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException', message: 'no' };
      const asked = (JSON.parse(call.body) as Record<string, unknown>)['ReturnValuesOnConditionCheckFailure'];
      return { status: 400, body: asked === 'ALL_OLD' ? { ...failed, Item: stored(call) } : failed };
    }),
  );
  return DynamoDBDocumentClient.from(client);
};

const valuesOf = ({ body }: Call) =>
  (JSON.parse(body) as { ExpressionAttributeValues: Record<string, unknown> }).ExpressionAttributeValues;

describe('a question', () => {
  test('is claimed by the answer that claimed it, told or not', async () => {
    const client = await losing((write) => ({ claimedBy: valuesOf(write)[':mark'] }));
    expect(await claimApproval(client, 'Incidents', aRequest())).toBe(true);
    expect(endpoint.calls).toHaveLength(2);
  });

  test('is not claimed by an answer that was slower', async () => {
    const client = await losing(() => marshall({ claimedBy: 'somebody else' }));
    expect(await claimApproval(client, 'Incidents', aRequest())).toBe(false);
  });

  test('has the yes that it was given, told or not', async () => {
    const asked = aRequest();
    const yes = (approver: string) => ({ approver, planHash: asked.planHash, at: isoAt(30) });
    const client = await losing(() => marshall({ approval: { ...asked, consents: [yes('ada')] } }));
    expect(await addConsent(client, 'Incidents', asked, yes('ada'))).toBe(true);
    expect(await addConsent(client, 'Incidents', asked, yes('grace'))).toBe(false);
  });
});

describe('the pointer of the models', () => {
  const next = { ...FIRST_POINTER, revision: 2, changedBy: 'rl-optimizer', changedAt: isoAt(0) };

  test('is flipped by the revision that is there, told or not', async () => {
    const client = await losing(() => marshall({ tier: '#model', row: 'pointer', ...next }));
    expect(await flipPointer(client, 'QTable', next)).toBe('flipped');
  });

  test('is not flipped by the revision of another', async () => {
    const client = await losing(() => marshall({ tier: '#model', row: 'pointer', ...next, changedBy: 'ada' }));
    expect(await flipPointer(client, 'QTable', next)).toBe('conflict');
  });
});

describe('an alias', () => {
  const workload = LambdaFunctionWorkloadSchema.parse({
    ...aQueue('resize'),
    kind: 'lambda-function',
    functionName: 'resize',
    aliasName: 'live',
  });
  const plan = { actionId: 'rollback', fromRevision: '7', toRevision: '6' } as const;
  const tag = { incidentId: 'inc-1', attempt: 1 };

  /** An alias on version 7 that is moved to `movedTo` by the first update, which is never answered. */
  const alias = async (movedTo: string) => {
    let stored = { FunctionVersion: '7', RevisionId: 'r1' };
    const client = new LambdaClient(
      await settings('lambda', ({ body }) => {
        if (body === '') return { body: stored };
        if (stored.RevisionId !== 'r1') return { status: 412, body: { __type: 'PreconditionFailedException' } };
        stored = { FunctionVersion: movedTo, RevisionId: 'r2' };
        return { body: {}, lost: true };
      }),
    );
    return lambdaAliasActuator(client).apply(workload, plan, tag);
  };

  test('that was moved is moved, told or not', async () => {
    expect(await alias('6')).toEqual({
      changeIds: ['r2'],
      detail: 'alias resize:live now points to version 6 instead of 7',
    });
  });

  test('that somebody else moved at the same moment makes the plan stale', async () => {
    await expect(alias('8')).rejects.toThrow('an alias that somebody changed at the same moment');
  });
});
