import {
  ConditionalCheckFailedException,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { PublishCommand } from '@aws-sdk/client-sns';
import {
  GetQueueAttributesCommand,
  ListDeadLetterSourceQueuesCommand,
  SendMessageBatchCommand,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { GetParameterCommand } from '@aws-sdk/client-ssm';
import assert from 'node:assert/strict';
import type { Check } from './check.ts';
import { eventually, type Lab } from './lab.ts';

const text = (value: string) => ({ S: value });
const item = (pk: string, sk: string, more: Readonly<Record<string, string>> = {}) => ({
  pk: text(pk),
  sk: text(sk),
  ...Object.fromEntries(Object.entries(more).map(([name, value]) => [name, text(value)])),
});

const conditionalPut: Check = {
  behaviour: 'A refused conditional put returns the old item',
  neededBy: 'journal, leases',
  run: async ({ clients, name }) => {
    const put = (owner: string) =>
      new PutItemCommand({
        TableName: name('Seen'),
        Item: item('lease', 'checkout', { owner }),
        ConditionExpression: 'attribute_not_exists(pk)',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      });
    await clients.dynamo.send(put('first'));
    await assert.rejects(clients.dynamo.send(put('second')), (error: unknown) => {
      assert.ok(error instanceof ConditionalCheckFailedException);
      assert.equal(error.Item?.owner?.S, 'first');
      return true;
    });
  },
};

const transaction: Check = {
  behaviour: 'A transaction of put-if-absent, ADD and condition check happens once, and says what stood in its way',
  neededBy: 'learning, leases',
  run: async ({ clients, name }) => {
    const TableName = name('Seen');
    await clients.dynamo.send(new PutItemCommand({ TableName, Item: item('policy', 'live') }));
    const learn = () =>
      clients.dynamo.send(
        new TransactWriteItemsCommand({
          TransactItems: [
            {
              Put: {
                TableName,
                Item: item('experience', 'one', { outcome: 'recovered' }),
                ConditionExpression: 'attribute_not_exists(pk)',
                ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
              },
            },
            {
              Update: {
                TableName,
                Key: item('row', 'one'),
                UpdateExpression: 'ADD successes :one',
                ExpressionAttributeValues: { ':one': { N: '1' } },
              },
            },
            { ConditionCheck: { TableName, Key: item('policy', 'live'), ConditionExpression: 'attribute_exists(pk)' } },
          ],
        }),
      );
    await learn();
    await assert.rejects(learn(), (error: unknown) => {
      assert.ok(error instanceof TransactionCanceledException);
      const [first, second] = error.CancellationReasons ?? [];
      assert.equal(first?.Code, 'ConditionalCheckFailed');
      assert.equal(first.Item?.outcome?.S, 'recovered');
      assert.equal(second?.Code, 'None');
      return true;
    });
    const { Item } = await clients.dynamo.send(new GetItemCommand({ TableName, Key: item('row', 'one') }));
    assert.equal(Item?.successes?.N, '1');
  },
};

const seen = async ({ clients, name }: Lab, pk: string): Promise<readonly unknown[]> => {
  const { Items } = await clients.dynamo.send(
    new QueryCommand({
      TableName: name('Seen'),
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': text(pk) },
    }),
  );
  return (Items ?? []).map((found) => JSON.parse(found.body?.S ?? 'null') as unknown);
};

const stream: Check = {
  behaviour: 'A table stream reaches a Lambda in order, with the new image',
  neededBy: 'outbox publisher',
  run: async (lab) => {
    const { clients, name } = lab;
    for (const sk of ['1', '2', '3']) {
      await clients.dynamo.send(new PutItemCommand({ TableName: name('Records'), Item: item('incident', sk) }));
    }
    const records = await eventually('Three stream records', async () => {
      const found = await seen(lab, 'stream');
      return found.length === 3 ? found : undefined;
    });
    assert.deepEqual(
      records,
      ['1', '2', '3'].map((sk) => ({ kind: 'INSERT', image: item('incident', sk) })),
    );
  },
};

const topicToLambda: Check = {
  behaviour: 'SNS to SQS to Lambda, in the notification envelope',
  neededBy: 'Issue Monitor',
  run: async (lab) => {
    await lab.clients.sns.send(new PublishCommand({ TopicArn: lab.name('Topic'), Message: 'from-the-topic' }));
    await eventually('The message at the Lambda', async () =>
      (await seen(lab, 'queue')).find((body) => typeof body === 'string' && body.includes('from-the-topic')),
    );
  },
};

const partialBatch: Check = {
  behaviour: 'Of a batch only the failed message returns, and goes to the dead-letter queue at last',
  neededBy: 'Issue Monitor, quarantine',
  run: async (lab) => {
    const entries = ['good-1', 'poison-1', 'good-2'].map((body) => ({ Id: body, MessageBody: body }));
    await lab.clients.sqs.send(new SendMessageBatchCommand({ QueueUrl: lab.name('Work'), Entries: entries }));
    await lab.receive('DeadLetters', (body) => body === 'poison-1');
    const bodies = await seen(lab, 'queue');
    assert.ok(bodies.includes('good-1') && bodies.includes('good-2'));
  },
};

const moveTask: Check = {
  behaviour: 'StartMessageMoveTask exists',
  neededBy: 'dead-letter redrive',
  knownDifference: 'StartMessageMoveTask: InvalidAction',
  run: async ({ clients, name }) => {
    const { Attributes } = await clients.sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: name('EmptyDeadLetters'), AttributeNames: ['QueueArn'] }),
    );
    await clients.sqs.send(new StartMessageMoveTaskCommand({ SourceArn: Attributes?.QueueArn }));
  },
};

const deadLetterSources: Check = {
  behaviour: 'A queue of dead letters knows whose they are',
  neededBy: 'kintsugi dlq',
  run: async ({ clients, name }) => {
    const { queueUrls } = await clients.sqs.send(
      new ListDeadLetterSourceQueuesCommand({ QueueUrl: name('EmptyDeadLetters') }),
    );
    assert.deepEqual(queueUrls, [name('Redriven')]);
  },
};

const parameter: Check = {
  behaviour: 'A parameter is read with its version',
  neededBy: 'kill switch',
  run: async ({ clients, name }) => {
    const { Parameter } = await clients.ssm.send(new GetParameterCommand({ Name: name('Parameter') }));
    assert.equal(Parameter?.Value, 'auto');
    assert.equal(Parameter.Version, 1);
  },
};

export const dataChecks: readonly Check[] = [
  conditionalPut,
  transaction,
  stream,
  topicToLambda,
  partialBatch,
  moveTask,
  deadLetterSources,
  parameter,
];
