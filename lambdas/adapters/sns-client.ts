import { SNSClient } from '@aws-sdk/client-sns';
import { once, settingsFor } from './clients.ts';

export const snsClient = once(() => new SNSClient(settingsFor('sns')));
