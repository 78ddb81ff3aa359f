import { IAMClient } from '@aws-sdk/client-iam';
import { clientSettings, once } from './clients.ts';

export const iamClient = once(() => new IAMClient(clientSettings));
