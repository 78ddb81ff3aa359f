import { createPublicKey, verify } from 'node:crypto';
import type { KMSClient } from '@aws-sdk/client-kms';
import { GetPublicKeyCommand } from '@aws-sdk/client-kms';
import type { S3Client } from '@aws-sdk/client-s3';
import { GetObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import type { CheckpointEvidence } from '../../core/journal/checkpoint.ts';
import { parseJson } from '../../core/shared/parse-json.ts';
import { CHECKPOINT_PREFIX } from '../../lambdas/adapters/s3-checkpoints.ts';
import { calling } from '../../lambdas/adapters/sdk-errors.ts';

/** What is stored of an environment's checkpoints, and the key that checks them. */
export interface StoredCheckpoints extends Pick<CheckpointEvidence, 'checkpoints'> {
  /** Public half of the key that signs, PEM; null while there is no checkpoint. */
  readonly publicKey: string | null;
}

/** At most this many objects are read at the same time. */
const AT_ONCE = 20;

/** Reads all checkpoints, as they are stored, and the key, from KMS: not from where the checkpoints are. */
export const readCheckpoints = async (
  s3: S3Client,
  kms: KMSClient,
  { bucket, keyArn }: { readonly bucket: string; readonly keyArn: string },
): Promise<StoredCheckpoints> => {
  const keys: string[] = [];
  await calling('s3:ListBucket', async () => {
    for await (const { Contents = [] } of paginateListObjectsV2(
      { client: s3 },
      { Bucket: bucket, Prefix: CHECKPOINT_PREFIX },
    )) {
      keys.push(...Contents.flatMap(({ Key }) => (Key === undefined ? [] : [Key])));
    }
  });
  const checkpoints: { number: number; content: unknown }[] = [];
  for (let from = 0; from < keys.length; from += AT_ONCE) {
    const some = keys.slice(from, from + AT_ONCE);
    checkpoints.push(...(await Promise.all(some.map((key) => readOne(s3, bucket, key)))));
  }
  return { checkpoints, publicKey: keys.length === 0 ? null : await publicKeyOf(kms, keyArn) };
};

const readOne = async (s3: S3Client, bucket: string, key: string): Promise<{ number: number; content: unknown }> => {
  const { Body } = await calling('s3:GetObject', () => s3.send(new GetObjectCommand({ Bucket: bucket, Key: key })));
  const text = (await Body?.transformToString()) ?? '';
  return { number: Number(/(\d+)\.json$/.exec(key)?.[1] ?? Number.NaN), content: parseJson(text) };
};

const publicKeyOf = async (kms: KMSClient, keyArn: string): Promise<string> => {
  const { PublicKey = new Uint8Array() } = await calling('kms:GetPublicKey', () =>
    kms.send(new GetPublicKeyCommand({ KeyId: keyArn })),
  );
  const key = createPublicKey({ key: Buffer.from(PublicKey), format: 'der', type: 'spki' });
  return key.export({ type: 'spki', format: 'pem' }).toString();
};

/** Tells whether a signature over a text is of the key's owner; without a key none is. */
export const signatureCheck =
  (publicKey: string | null): CheckpointEvidence['isSigned'] =>
  ({ value }, text) =>
    publicKey !== null && verify('sha256', Buffer.from(text, 'utf8'), publicKey, Buffer.from(value, 'base64'));
