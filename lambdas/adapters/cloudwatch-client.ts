import { CloudWatchClient } from '@aws-sdk/client-cloudwatch';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { clientSettings, once } from './clients.ts';

/** Speaks the query protocol, in which every implementation of CloudWatch answers reads alike (timestamps as text). */
export const cloudWatchClient = once(() => new CloudWatchClient({ ...clientSettings, protocol: AwsQueryProtocol }));
