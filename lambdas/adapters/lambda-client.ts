import { LambdaClient } from '@aws-sdk/client-lambda';
import { clientSettings, once } from './clients.ts';

export const lambdaClient = once(() => new LambdaClient(clientSettings));
