import { S3Client } from '@aws-sdk/client-s3';
import { once, settingsFor } from './clients.ts';

/** Answers are checked by the hashes in their content: S3's own checksums come in more kinds than a bundle should know. */
export const s3Client = once(() => new S3Client({ ...settingsFor('s3'), responseChecksumValidation: 'WHEN_REQUIRED' }));
