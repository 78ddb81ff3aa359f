import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import type { ApprovalRequest, Consent } from '../../core/contracts/incident.ts';
import { ApprovalRequestSchema } from '../../core/contracts/incident.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

/** Keeps the question with its incident, for whoever answers it; false when the incident is over. */
export const requestApproval = (
  client: DynamoDBDocumentClient,
  table: string,
  request: ApprovalRequest,
): Promise<boolean> => {
  const ask = asking(table, request);
  return changed(
    client,
    new UpdateCommand({
      ...ask,
      ConditionExpression: '#status IN (:open, :waiting)',
      ExpressionAttributeValues: { ...ask.ExpressionAttributeValues, ':open': 'open' },
    }),
  );
};

const asking = (table: string, request: ApprovalRequest) => ({
  TableName: table,
  Key: { incidentId: request.incidentId },
  UpdateExpression: 'SET approval = :approval, #status = :waiting',
  ExpressionAttributeNames: { '#status': 'status' },
  ExpressionAttributeValues: { ':approval': request, ':waiting': 'awaiting_approval' },
});

/** Gives the open question a new token, says that its end was announced, and keeps the yeses that it has; false when it is no longer open. */
export const renewApproval = (
  client: DynamoDBDocumentClient,
  table: string,
  { incidentId, question, taskToken }: ApprovalRequest,
): Promise<boolean> =>
  changed(
    client,
    new UpdateCommand({
      TableName: table,
      Key: { incidentId },
      UpdateExpression: 'SET approval.taskToken = :token, approval.announced = :yes',
      ConditionExpression: 'approval.question.questionId = :question',
      ExpressionAttributeValues: { ':token': taskToken, ':yes': true, ':question': question.questionId },
    }),
  );

/** The pending question of an incident; null when nobody is asked, or it was answered. */
export const pendingApproval = async (
  client: DynamoDBDocumentClient,
  table: string,
  incidentId: string,
): Promise<ApprovalRequest | null> => {
  const command = new GetCommand({ TableName: table, Key: { incidentId }, ConsistentRead: true });
  const { Item } = await calling('dynamodb:GetItem', () => client.send(command));
  return questionIn(Item ?? {}, incidentId);
};

const questionIn = (item: Readonly<Record<string, unknown>>, incidentId: string): ApprovalRequest | null => {
  const { approval } = item;
  return approval === undefined
    ? null
    : parseStored(ApprovalRequestSchema, approval, `approval request of ${incidentId}`);
};

/**
 * Takes the question away so that only one answer can have it; false when another answer was faster. It leaves a mark: a write
 * that was carried out and not answered is sent once more, and must not take itself for somebody else.
 */
export const claimApproval = (
  client: DynamoDBDocumentClient,
  table: string,
  request: ApprovalRequest,
): Promise<boolean> => {
  const mark = randomUUID();
  return changed(
    client,
    new UpdateCommand({
      TableName: table,
      Key: { incidentId: request.incidentId },
      UpdateExpression: 'REMOVE approval SET #status = :open, claimedBy = :mark',
      ConditionExpression: 'approval.taskToken = :token AND size(approval.consents) = :count',
      ExpressionAttributeNames: { '#status': 'status' },
      ExpressionAttributeValues: {
        ':open': 'open',
        ':mark': mark,
        ':token': request.taskToken,
        ':count': request.consents.length,
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
    (item) => item['claimedBy'] === mark,
  );
};

/** Asks again what was claimed for an answer that could not be delivered; nothing when the incident has moved on. */
export const reopenApproval = async (
  client: DynamoDBDocumentClient,
  table: string,
  request: ApprovalRequest,
): Promise<void> => {
  const ask = asking(table, request);
  await changed(
    client,
    new UpdateCommand({
      ...ask,
      ConditionExpression: 'attribute_not_exists(approval) AND #status = :open',
      ExpressionAttributeValues: { ...ask.ExpressionAttributeValues, ':open': 'open' },
    }),
  );
};

/** Adds a yes to the open question; false when it has changed since it was read. */
export const addConsent = (
  client: DynamoDBDocumentClient,
  table: string,
  request: ApprovalRequest,
  consent: Consent,
): Promise<boolean> =>
  changed(
    client,
    new UpdateCommand({
      TableName: table,
      Key: { incidentId: request.incidentId },
      UpdateExpression: 'SET approval.consents = list_append(approval.consents, :consent)',
      ConditionExpression: 'approval.taskToken = :token AND size(approval.consents) = :count',
      ExpressionAttributeValues: {
        ':consent': [consent],
        ':token': request.taskToken,
        ':count': request.consents.length,
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    }),
    (item) =>
      questionIn(item, request.incidentId)?.consents.some((given) => isDeepStrictEqual(given, consent)) === true,
  );

/** Whether the condition held, or what is stored is what this very write has put there. */
const changed = async (
  client: DynamoDBDocumentClient,
  command: UpdateCommand,
  isOurs: (item: Readonly<Record<string, unknown>>) => boolean = () => false,
): Promise<boolean> => {
  try {
    await calling('dynamodb:UpdateItem', () => client.send(command));
    return true;
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
    return error.Item !== undefined && isOurs(unmarshall(error.Item));
  }
};
