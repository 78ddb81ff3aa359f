/** Writes down what reaches it; a message that says `poison` is reported as failed. */
export const RECORDER = `
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const client = new DynamoDBClient({});
const write = (pk, sk, body) => client.send(new PutItemCommand({
  TableName: process.env.SEEN, Item: { pk: { S: pk }, sk: { S: sk }, body: { S: JSON.stringify(body) } } }));
exports.handler = async (event) => {
  const failures = [];
  for (const record of event.Records) {
    if (record.dynamodb) {
      const image = record.dynamodb.NewImage;
      await write('stream', String(Date.now()) + '#' + record.dynamodb.SequenceNumber, { kind: record.eventName, image });
    } else if (record.body.includes('poison')) failures.push({ itemIdentifier: record.messageId });
    else await write('queue', record.messageId, record.body);
  }
  console.log('recorded', event.Records.length, 'failed', failures.length);
  return { batchItemFailures: failures };
};`;

/** Does what its input asks for: throw a named error, die, take its time, answer a task token, or write where its role may not. */
export const WORKER = `
const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb');
const { SendTaskSuccessCommand, SFNClient } = require('@aws-sdk/client-sfn');
class InvalidInputError extends Error { name = 'InvalidInputError'; }
exports.handler = async (event) => {
  console.log('worker', JSON.stringify(event));
  if (event.throw) throw new InvalidInputError('asked to throw');
  if (event.die) process.kill(process.pid, 'SIGKILL');
  if (event.takeMs) await new Promise((resolve) => setTimeout(resolve, event.takeMs));
  if (event.answer) {
    await new SFNClient({}).send(new SendTaskSuccessCommand({ taskToken: event.token, output: JSON.stringify(event.answer) }));
  }
  if (event.write) {
    await new DynamoDBClient({}).send(new PutItemCommand({ TableName: event.write, Item: { pk: { S: 'w' }, sk: { S: 'w' } } }));
  }
  return { ok: true, version: process.env.AWS_LAMBDA_FUNCTION_VERSION, process: process.pid };
};`;
