import * as z from 'zod';
import { AgentIdSchema } from '../../core/contracts/agent.ts';
import { LimitsSchema } from '../../core/contracts/limits.ts';
import { EnvironmentNameSchema } from '../../core/contracts/workload.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import { parseJson } from '../../core/shared/parse-json.ts';

/** What every function of the system is told. */
export const CommonEnv = {
  KINTSUGI_ENV: EnvironmentNameSchema,
  KINTSUGI_LIMITS: z.string().transform(parseJson).pipe(LimitsSchema),
  AGENT_ID: AgentIdSchema,
};

/**
 * Reads a function's environment once, at cold start.
 *
 * @throws InvalidInputError that names every variable that is missing or wrong, so that the function never runs half configured
 */
export const readEnv = <Shape extends z.ZodRawShape>(
  shape: Shape,
  source = process.env,
): z.output<z.ZodObject<Shape>> => {
  const parsed = z.object(shape).safeParse(source);
  if (!parsed.success) throw new InvalidInputError(`environment: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};
