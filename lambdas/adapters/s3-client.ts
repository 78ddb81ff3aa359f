import { S3Client } from '@aws-sdk/client-s3';
import { clientSettings, once } from './clients.ts';

export const s3Client = once(() => new S3Client(clientSettings));
