import { SSMClient } from '@aws-sdk/client-ssm';
import { once, settingsFor } from './clients.ts';

export const ssmClient = once(() => new SSMClient(settingsFor('ssm')));
