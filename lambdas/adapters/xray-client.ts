import { XRayClient } from '@aws-sdk/client-xray';
import { once, settingsFor } from './clients.ts';

export const xrayClient = once(() => new XRayClient(settingsFor('xray')));
