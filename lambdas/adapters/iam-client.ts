import { IAMClient } from '@aws-sdk/client-iam';
import { once, settingsFor } from './clients.ts';

export const iamClient = once(() => new IAMClient(settingsFor('iam')));
