import type { SSMClient } from '@aws-sdk/client-ssm';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import type { ModelPointers } from '../../core/shared/ports.ts';
import { flipPointer, installVersion, readPointer } from './dynamodb-pointer.ts';
import { publishPointer } from './ssm-pointer.ts';

const ATTEMPTS = 5;

/** Truth in DynamoDB, copy in SSM. */
export const modelPointers = (
  dynamodb: DynamoDBDocumentClient,
  tableName: string,
  ssm: SSMClient,
  parameterName: string,
): ModelPointers => ({
  read: () => readPointer(dynamodb, tableName),
  flip: (next) => flipPointer(dynamodb, tableName, next),
  install: (snapshot) => installVersion(dynamodb, tableName, snapshot),
  // A slower publisher could put an older copy over a newer one: whoever finds the truth changed publishes again.
  publish: async () => {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const pointer = await readPointer(dynamodb, tableName);
      await publishPointer(ssm, parameterName, pointer);
      const after = await readPointer(dynamodb, tableName);
      if (after.revision === pointer.revision) return pointer;
    }
    throw new DependencyUnavailableError(`${parameterName}: the pointer changes faster than it can be published`);
  },
});
