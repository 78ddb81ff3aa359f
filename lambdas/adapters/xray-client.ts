import { XRayClient } from '@aws-sdk/client-xray';
import { clientSettings, once } from './clients.ts';

export const xrayClient = once(() => new XRayClient(clientSettings));
