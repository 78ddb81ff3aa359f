import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { calling, isNamed } from './sdk-errors.ts';

/** A secret that operators keep in a SecureString parameter; null when there is none. */
export const readSecret = async (client: SSMClient, parameterName: string): Promise<string | null> => {
  try {
    const command = new GetParameterCommand({ Name: parameterName, WithDecryption: true });
    const { Parameter } = await calling('ssm:GetParameter', () => client.send(command), parameterName);
    return Parameter?.Value ?? null;
  } catch (error) {
    if (isNamed(error, 'ParameterNotFound')) return null;
    throw error;
  }
};
