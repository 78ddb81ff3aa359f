import { SSMClient } from '@aws-sdk/client-ssm';
import { clientSettings, once } from './clients.ts';

export const ssmClient = once(() => new SSMClient(clientSettings));
