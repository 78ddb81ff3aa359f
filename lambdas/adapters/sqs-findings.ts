import { type SQSClient, SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import type { Finding } from '../../core/incident/finding.ts';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { calling } from './sdk-errors.ts';

/** Most messages in one SendMessageBatch request. */
const MAX_ENTRIES = 10;

/** Puts findings into the queue of signals, all or an error: a copy of a finding has the same id and does no harm. */
export const sendFindings = async (
  client: SQSClient,
  queueUrl: string,
  findings: readonly Finding[],
): Promise<void> => {
  for (let start = 0; start < findings.length; start += MAX_ENTRIES) {
    const command = new SendMessageBatchCommand({
      QueueUrl: queueUrl,
      Entries: findings
        .slice(start, start + MAX_ENTRIES)
        .map((finding, index) => ({ Id: String(index), MessageBody: JSON.stringify(finding) })),
    });
    const { Failed = [] } = await calling('sqs:SendMessage', () => client.send(command), queueUrl);
    if (Failed.length > 0) {
      throw new DependencyUnavailableError(`${Failed.length} findings were not queued: ${Failed[0]?.Message ?? ''}`);
    }
  }
};
