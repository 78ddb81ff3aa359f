import { LambdaClient } from '@aws-sdk/client-lambda';
import { once, settingsFor } from './clients.ts';

export const lambdaClient = once(() => new LambdaClient(settingsFor('lambda')));
