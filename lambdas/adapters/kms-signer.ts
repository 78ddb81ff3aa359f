import type { KMSClient } from '@aws-sdk/client-kms';
import { SignCommand } from '@aws-sdk/client-kms';
import type { Checkpoint } from '../../core/contracts/checkpoint.ts';
import { calling } from './sdk-errors.ts';

/**
 * Signs digests with an asymmetric key that never leaves KMS: who reads the records can check them, and nobody can make
 * others.
 *
 * @param keyArn - a key of the spec ECC_NIST_P256
 */
export const kmsSigner =
  (client: KMSClient, keyArn: string) =>
  async (digest: string): Promise<Checkpoint['signature']> => {
    const command = new SignCommand({
      KeyId: keyArn,
      Message: Buffer.from(digest, 'hex'),
      MessageType: 'DIGEST',
      SigningAlgorithm: 'ECDSA_SHA_256',
    });
    const { Signature = new Uint8Array() } = await calling('kms:Sign', () => client.send(command), keyArn);
    return { keyArn, algorithm: 'ECDSA_SHA_256', value: Buffer.from(Signature).toString('base64') };
  };
