import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import { ModelRefSchema } from '../../core/contracts/model.ts';
import { calling } from '../../lambdas/adapters/sdk-errors.ts';
import type { TrainerInput, TrainerResult } from '../../lambdas/trainer/trainer.ts';
import { CliError } from './cli-error.ts';
import { trainerFunction, type Connection } from './connect.ts';

const ResultSchema = z.object({
  verdict: z.enum(['new', 'nothing_new', 'better', 'not_better']),
  version: ModelRefSchema,
  champion: ModelRefSchema,
  reason: z.string(),
});

const FailureSchema = z.object({ errorMessage: z.string() });

/** The function's own timeout, and a little more. */
const TIMEOUT_MS = 330_000;

/**
 * Asks an environment's own trainer: what is judged there, is judged by the code, the catalogue and the limits that are
 * deployed there.
 *
 * @throws CliError with what the function said when it failed
 */
export const askTrainer = async (connection: Connection, input: TrainerInput): Promise<TrainerResult> => {
  const name = await trainerFunction(connection);
  const client = new LambdaClient({
    // Once only: an answer that takes long is no reason to ask again.
    maxAttempts: 1,
    requestHandler: { connectionTimeout: 1_000, requestTimeout: TIMEOUT_MS, throwOnRequestTimeout: true },
    ...connection.config,
  });
  try {
    const command = new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(input) });
    const { FunctionError, Payload } = await calling('lambda:InvokeFunction', () => client.send(command), name);
    const answer: unknown = JSON.parse(new TextDecoder().decode(Payload));
    if (FunctionError === undefined) return ResultSchema.parse(answer);
    const failure = FailureSchema.safeParse(answer);
    throw new CliError(`${name} failed: ${failure.data?.errorMessage ?? FunctionError}`);
  } finally {
    client.destroy();
  }
};
