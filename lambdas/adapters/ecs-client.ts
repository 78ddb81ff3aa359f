import { ECSClient } from '@aws-sdk/client-ecs';
import { once, settingsFor } from './clients.ts';

export const ecsClient = once(() => new ECSClient(settingsFor('ecs')));
