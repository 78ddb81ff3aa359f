import { KMSClient } from '@aws-sdk/client-kms';
import { once, settingsFor } from './clients.ts';

export const kmsClient = once(() => new KMSClient(settingsFor('kms')));
