import type { SFNClient } from '@aws-sdk/client-sfn';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { addConsent, claimApproval, pendingApproval, reopenApproval } from '../adapters/dynamodb-approval.ts';
import { sendAnswer } from '../adapters/sfn-answer.ts';
import type { AnswerDeps } from './give-answer.ts';

/** Questions as they are kept with their incidents, and the workflow that waits for the answers. */
export const approvalsOver = (
  dynamodb: DynamoDBDocumentClient,
  incidentsTable: string,
  workflow: SFNClient,
): AnswerDeps => ({
  pending: (incidentId) => pendingApproval(dynamodb, incidentsTable, incidentId),
  claim: (request) => claimApproval(dynamodb, incidentsTable, request),
  reopen: (request) => reopenApproval(dynamodb, incidentsTable, request),
  consent: (request, consent) => addConsent(dynamodb, incidentsTable, request, consent),
  send: (taskToken, approval) => sendAnswer(workflow, taskToken, approval),
});
