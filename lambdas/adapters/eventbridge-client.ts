import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { clientSettings, once } from './clients.ts';

export const eventBridgeClient = once(() => new EventBridgeClient(clientSettings));
