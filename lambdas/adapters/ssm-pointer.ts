import { GetParameterCommand, PutParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import * as z from 'zod';
import type { ModelPointer } from '../../core/contracts/model.ts';
import { ModelPointerSchema } from '../../core/contracts/model.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

const PointerJson = z
  .string()
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: `must be JSON, got '${text.slice(0, 40)}'` });
      return z.NEVER;
    }
  })
  .pipe(ModelPointerSchema);

/**
 * The published pointer, read anew for each decision, so that a rollback holds from the next one on.
 *
 * @throws when it cannot be read or understood: a decision by an unknown version would be none that anybody allowed
 */
export const readPublishedPointer = async (client: SSMClient, parameterName: string): Promise<ModelPointer> => {
  const command = new GetParameterCommand({ Name: parameterName });
  const { Parameter } = await calling('ssm:GetParameter', () => client.send(command), parameterName);
  return parseStored(PointerJson, Parameter?.Value ?? '', `parameter ${parameterName}`);
};

export const publishPointer = async (
  client: SSMClient,
  parameterName: string,
  pointer: ModelPointer,
): Promise<void> => {
  const command = new PutParameterCommand({
    Name: parameterName,
    Value: JSON.stringify(pointer),
    Type: 'String',
    Overwrite: true,
  });
  await calling('ssm:PutParameter', () => client.send(command), parameterName);
};
