import type { ApiClient, Send } from '../../core/api/client.ts';
import { ApiProblemError, apiClient } from '../../core/api/client.ts';
import type { Role } from '../../core/contracts/api/route.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './connect.ts';
import { apiOutputs } from './connect.ts';
import { localApiUrl, localToken } from './sign-in.ts';

const TIMEOUT_MS = 15_000;

const send: Send = async ({ method, url, headers, body }) => {
  const response = await fetch(url, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  return { status: response.status, text: await response.text(), header: (name) => response.headers.get(name) };
};

/**
 * The HTTP API of an environment: what people may do goes through its gate, whichever tool they use.
 *
 * @param token - of the environment's user pool, from `KINTSUGI_TOKEN`; the local cloud makes its own
 * @param role - as whom the local cloud is asked
 * @throws CliError when there is no token
 */
export const openHttpApi = async (
  connection: Connection,
  token: string | undefined,
  role: Role,
): Promise<ApiClient> => {
  const outputs = await apiOutputs(connection);
  const { local, env } = connection;
  if (local === null && token === undefined) {
    throw new CliError(`${env} is asked through its API: set KINTSUGI_TOKEN to a token of its user pool.`);
  }
  const bearer = local === null ? (token ?? null) : await localToken({ ...local, outputs }, role);
  const baseUrl = local === null ? (outputs['ApiEndpoint'] ?? '') : localApiUrl({ ...local, outputs });
  return apiClient({ baseUrl, send, token: () => Promise.resolve(bearer) });
};

/** What the API answers, its problems in words for a terminal. */
export const saying = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiProblemError) throw new CliError(`the API said: ${error.message}`, { cause: error });
    throw new CliError(`the API does not answer: ${String(error)}`, { cause: error });
  }
};
