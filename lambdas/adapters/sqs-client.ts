import { SQSClient } from '@aws-sdk/client-sqs';
import { clientSettings, once } from './clients.ts';

export const sqsClient = once(() => new SQSClient(clientSettings));
