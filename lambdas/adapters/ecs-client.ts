import { ECSClient } from '@aws-sdk/client-ecs';
import { clientSettings, once } from './clients.ts';

export const ecsClient = once(() => new ECSClient(clientSettings));
