import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Feedback } from '../../core/contracts/api/incidents.ts';
import type { Experience } from '../../core/shared/ports.ts';
import type { LessonTables } from './dynamodb-experiences.ts';
import { dynamodbExperiences, lessonItems } from './dynamodb-experiences.ts';
import type { TransactItems } from './dynamodb-transaction.ts';
import { writeAll } from './dynamodb-transaction.ts';

export interface FeedbackTables extends LessonTables {
  readonly interactions: string;
}

/**
 * Keeps a rating and, in the same transaction, what it teaches: that is in the log exactly once, whatever is retried, and
 * only for the first who rates an incident.
 *
 * @returns false when this person has rated the incident before
 */
export const putFeedback = async (
  client: DynamoDBDocumentClient,
  tables: FeedbackTables,
  subject: string,
  feedback: Feedback,
  lesson: Experience | null,
): Promise<boolean> => {
  const rating: TransactItems[number] = {
    Put: {
      TableName: tables.interactions,
      Item: { kind: 'feedback', id: `${feedback.incidentId}#${subject}`, ...feedback },
      ConditionExpression: 'attribute_not_exists(#kind)',
      ExpressionAttributeNames: { '#kind': 'kind' },
    },
  };
  const refused = await writeAll(client, [rating, ...(lesson === null ? [] : lessonItems(tables, [lesson]))]);
  if (refused === null) return true;
  if (lesson === null || refused[0]?.failed === true) return false;
  // Somebody else was first: this rating counts in the statistics alone.
  return putFeedback(client, tables, subject, feedback, null);
};

/** Ratings with what they teach, over their tables. */
export const dynamodbRatings = (client: DynamoDBDocumentClient, tables: FeedbackTables) => ({
  experienceOf: async (incidentId: string): Promise<Experience | null> => {
    const told = await dynamodbExperiences(client, tables).of(incidentId);
    return told.find(({ executionId }) => executionId === incidentId) ?? null;
  },
  putFeedback: (subject: string, feedback: Feedback, lesson: Experience | null): Promise<boolean> =>
    putFeedback(client, tables, subject, feedback, lesson),
});
