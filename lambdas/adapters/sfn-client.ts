import { SFNClient } from '@aws-sdk/client-sfn';
import { clientSettings, once } from './clients.ts';

export const sfnClient = once(() => new SFNClient(clientSettings));
