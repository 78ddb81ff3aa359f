import { SFNClient } from '@aws-sdk/client-sfn';
import { once, settingsFor } from './clients.ts';

export const sfnClient = once(() => new SFNClient(settingsFor('sfn')));
