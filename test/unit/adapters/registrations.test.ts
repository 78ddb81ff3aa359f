import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { deregisterWorkload, registerWorkload } from '../../../lambdas/adapters/dynamodb-workloads.ts';
import { ownerOf } from '../../../lambdas/registrar/owner.ts';
import { aService } from '../../support/builders.ts';
import { type AwsEndpoint, startAwsEndpoint } from './aws-endpoint.ts';

/** Two apps, or two constructs, that declare a workload of the same name. */

interface Write {
  readonly Item?: Readonly<Record<string, { readonly S: string }>>;
  readonly ConditionExpression?: string;
  readonly ExpressionAttributeValues?: Readonly<Record<string, { readonly S: string }>>;
}

let endpoint: AwsEndpoint;
afterEach(() => endpoint.close());

/** A table of one item, which holds writes to the one condition that there is. */
const table = async (stored: Write['Item'] = undefined) => {
  const state = { item: stored };
  endpoint = await startAwsEndpoint(({ body }) => {
    const { Item, ConditionExpression, ExpressionAttributeValues } = JSON.parse(body) as Write;
    const holder = state.item?.['registeredBy']?.S;
    const isHeld = ConditionExpression === 'attribute_not_exists(registeredBy) OR registeredBy = :owner';
    if (isHeld && holder !== undefined && holder !== ExpressionAttributeValues?.[':owner']?.S) {
      return { status: 400, body: { __type: 'x#ConditionalCheckFailedException', message: 'no', Item: state.item } };
    }
    state.item = Item;
    return { body: {} };
  });
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(endpoint.settings), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    register: (owner: string) => registerWorkload(client, 'Workloads', aService('payments'), owner),
    deregister: (owner: string) => deregisterWorkload(client, 'Workloads', 'payments', owner),
    owner: () => state.item?.['registeredBy']?.S,
  };
};

test('a workload of another is not registered over, and the error names both', async () => {
  const { register, owner } = await table();
  await register('Shop#Payments');
  await expect(register('Other#Payments')).rejects.toThrow(
    /payments is registered by Shop#Payments, so Other#Payments cannot register it/,
  );
  expect(owner()).toBe('Shop#Payments');
});

test('the deletion that follows a refused creation leaves the workload of the other', async () => {
  const { register, deregister, owner } = await table();
  await register('Shop#Payments');
  await deregister('Other#Payments');
  expect(owner()).toBe('Shop#Payments');
  await register('Shop#Payments');
  await deregister('Shop#Payments');
  expect(owner()).toBeUndefined();
});

test('an item of an older version is adopted', async () => {
  const { register, owner } = await table({ workloadId: { S: 'payments' } });
  await register('Shop#Payments');
  expect(owner()).toBe('Shop#Payments');
});

test('a resource keeps its workload when its stack was deleted and made again', () => {
  const of = (stack: string, LogicalResourceId = 'PaymentsResource') =>
    ownerOf({ StackId: `arn:aws:cloudformation:eu-central-1:111122223333:stack/${stack}`, LogicalResourceId });
  expect(of('Shop/1a2b')).toBe('arn:aws:cloudformation:eu-central-1:111122223333:stack/Shop#PaymentsResource');
  expect(of('Shop/3c4d')).toBe(of('Shop/1a2b'));
  expect(new Set([of('Shop/1'), of('Other/1'), of('Shop/1', 'Moved')]).size).toBe(3);
});
