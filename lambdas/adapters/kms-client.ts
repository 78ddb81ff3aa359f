import { KMSClient } from '@aws-sdk/client-kms';
import { clientSettings, once } from './clients.ts';

export const kmsClient = once(() => new KMSClient(clientSettings));
