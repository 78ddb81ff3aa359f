import type { KMSClient } from '@aws-sdk/client-kms';
import { GenerateMacCommand, VerifyMacCommand } from '@aws-sdk/client-kms';
import type { Mac } from '../../core/shared/ports.ts';
import { calling, isNamed } from './sdk-errors.ts';

const ALGORITHM = { MacAlgorithm: 'HMAC_SHA_256' } as const;

/**
 * HMACs with a key that never leaves KMS, which also compares them, in constant time.
 *
 * @param keyArn - a key of the spec HMAC_256
 */
export const kmsMac = (client: KMSClient, keyArn: string): Mac => ({
  sign: async (text) => {
    const command = new GenerateMacCommand({ KeyId: keyArn, Message: Buffer.from(text), ...ALGORITHM });
    const { Mac: mac = new Uint8Array() } = await calling('kms:GenerateMac', () => client.send(command), keyArn);
    return Buffer.from(mac).toString('base64url');
  },
  verify: async (text, signature) => {
    const command = new VerifyMacCommand({
      KeyId: keyArn,
      Message: Buffer.from(text),
      Mac: Buffer.from(signature, 'base64url'),
      ...ALGORITHM,
    });
    try {
      const { MacValid } = await calling('kms:VerifyMac', () => client.send(command), keyArn);
      return MacValid === true;
    } catch (error) {
      if (isNamed(error, 'KMSInvalidMacException')) return false;
      throw error;
    }
  },
});
