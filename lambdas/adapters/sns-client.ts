import { SNSClient } from '@aws-sdk/client-sns';
import { clientSettings, once } from './clients.ts';

export const snsClient = once(() => new SNSClient(clientSettings));
