import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { once, settingsFor } from './clients.ts';

/** Speaks plain objects; what is `undefined` is not stored. */
export const dynamodbClient = once(() =>
  DynamoDBDocumentClient.from(new DynamoDBClient(settingsFor('dynamodb')), {
    marshallOptions: { removeUndefinedValues: true },
  }),
);
