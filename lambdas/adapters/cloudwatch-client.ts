import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { once, settingsFor } from './clients.ts';

export const cloudWatchClient = once(() => new CloudWatchClient(settingsFor('cloudwatch')));
