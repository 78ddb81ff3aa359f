import { SQSClient } from '@aws-sdk/client-sqs';
import { once, settingsFor } from './clients.ts';

export const sqsClient = once(() => new SQSClient(settingsFor('sqs')));
