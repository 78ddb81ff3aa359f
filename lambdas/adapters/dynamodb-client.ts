import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { once, settingsFor } from './clients.ts';
import { READING } from './plain-item.ts';

/** Speaks plain objects; what is `undefined` is not stored, and numbers may be as large as the Q-table's weights grow. */
export const documentsOver = (client: DynamoDBClient): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(client, {
    marshallOptions: { removeUndefinedValues: true, allowImpreciseNumbers: true },
    // A copy, because the SDK writes settings of its own into it.
    unmarshallOptions: { ...READING },
  });

export const dynamodbClient = once(() => documentsOver(new DynamoDBClient(settingsFor('dynamodb'))));
