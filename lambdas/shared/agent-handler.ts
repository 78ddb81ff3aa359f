import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { InvalidInputError } from '../../core/shared/errors.ts';
import { logger } from './telemetry.ts';

/**
 * The shell of every function: logging around, the event parsed in front. What arrives is unknown until its schema
 * has accepted it.
 *
 * @throws InvalidInputError with every field that is wrong, its value and what is allowed
 */
export const agentHandler = <I extends z.ZodType, O>(
  input: I,
  run: (input: z.output<I>, context: Context) => Promise<O>,
) =>
  middy()
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .handler(async (event: unknown, context: Context): Promise<O> => {
      const parsed = input.safeParse(event);
      if (!parsed.success) throw new InvalidInputError(z.prettifyError(parsed.error));
      return run(parsed.data, context);
    });
