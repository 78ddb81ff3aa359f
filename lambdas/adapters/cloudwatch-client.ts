import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { clientSettings, once } from './clients.ts';

export const cloudWatchClient = once(() => new CloudWatchClient(clientSettings));
