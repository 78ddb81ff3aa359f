import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import type * as z from 'zod';
import { DependencyUnavailableError } from '../../core/shared/errors.ts';
import { parseStored } from './parse-stored.ts';
import { calling } from './sdk-errors.ts';

/**
 * Calls another function and waits for its answer.
 *
 * @throws DependencyUnavailableError when it fails
 */
export const invokeFunction = async <S extends z.ZodType>(
  client: LambdaClient,
  functionName: string,
  input: object,
  answer: S,
): Promise<z.output<S>> => {
  const command = new InvokeCommand({ FunctionName: functionName, Payload: JSON.stringify(input) });
  const { FunctionError, Payload } = await calling('lambda:InvokeFunction', () => client.send(command), functionName);
  const text = Payload === undefined ? 'null' : new TextDecoder().decode(Payload);
  if (FunctionError !== undefined) throw new DependencyUnavailableError(`${functionName} failed: ${text}`);
  return parseStored(answer, JSON.parse(text), `answer of ${functionName}`);
};
