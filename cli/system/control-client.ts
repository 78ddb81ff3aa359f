import type { z } from 'zod';
import { CliError } from './cli-error.ts';
import type { ActiveFault } from './control-api.ts';
import { ActiveFaultSchema, ActiveFaultsSchema, ControlProblemSchema } from './control-api.ts';
import type { LocalState } from './local-state.ts';

const TIMEOUT_MS = 15_000;

/** Breaks something in the running local cloud. */
export const breakLocally = (local: LocalState, fault: string, service: string | null): Promise<ActiveFault> =>
  call(local, 'POST', ActiveFaultSchema, { fault, service });

/** Takes away every fault that was put in. */
export const clearLocally = async (local: LocalState): Promise<readonly ActiveFault[]> =>
  (await call(local, 'DELETE', ActiveFaultsSchema)).faults;

const call = async <S extends z.ZodType>(
  { control, pid }: LocalState,
  method: string,
  answer: S,
  body?: object,
): Promise<z.output<S>> => {
  const response = await fetch(`${control.url}/faults`, {
    method,
    headers: { authorization: `Bearer ${control.token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new CliError(
      `the local cloud (process ${pid}) does not answer: ${String(error)}. Stop it and start it again.`,
      {
        cause: error,
      },
    );
  });
  const content: unknown = await response.json().catch(() => null);
  if (response.ok) return answer.parse(content);
  const problem = ControlProblemSchema.safeParse(content);
  throw new CliError(problem.success ? problem.data.detail : `the local cloud answered ${response.status}`);
};
