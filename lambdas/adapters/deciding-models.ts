import type { SSMClient } from '@aws-sdk/client-ssm';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { DecidingModels } from '../../core/shared/ports.ts';
import { dynamodbEvidence } from './dynamodb-qtable.ts';
import { readPublishedPointer } from './ssm-pointer.ts';

/** The published pointer, and the rows of whatever version it names: one request each. */
export const decidingModels = (
  ssm: SSMClient,
  parameterName: string,
  dynamodb: DynamoDBDocumentClient,
  tableName: string,
): DecidingModels => ({
  pointer: () => readPublishedPointer(ssm, parameterName),
  load: (version, tier) => dynamodbEvidence(dynamodb, tableName, version).load(tier),
});
