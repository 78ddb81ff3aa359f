import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { once, settingsFor } from './clients.ts';

export const eventBridgeClient = once(() => new EventBridgeClient(settingsFor('eventbridge')));
