import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

/**
 * Every number is read as a number. The SDK alone makes a bigint of one above 2^53, which no schema of ours takes, and the
 * Q-table's weights reach 1e89; a double's 17 digits come back from DynamoDB's 38 as they were.
 */
export const READING = { wrapNumbers: Number };

/** An item as a stream or a refused condition has it, read as the client reads its own answers. */
export const plainItem = (item: Readonly<Record<string, AttributeValue>>): Record<string, unknown> =>
  unmarshall(item, READING);
