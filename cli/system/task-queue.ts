import type { RequestTask } from '../../core/chat/converse.ts';
import { ApiProblemError, apiClient } from '../../core/api/client.ts';
import type { Send } from '../../core/api/client.ts';
import type { Task } from '../../core/contracts/api/tasks.ts';
import { CliError } from './cli-error.ts';
import type { Connection } from './connect.ts';
import { apiOutputs } from './connect.ts';
import { localApiUrl, localToken } from './sign-in.ts';

/** Tasks, through the HTTP API: its gate decides who may ask for one. */
export interface TaskQueue {
  readonly request: RequestTask;
  /** Newest first. */
  readonly list: () => Promise<readonly Task[]>;
}

const NEWEST = 50;
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
 * The queue of an environment.
 *
 * @param token - of the environment's user pool, from `KINTSUGI_TOKEN`; the local cloud makes its own
 * @throws CliError when there is no token
 */
export const openTaskQueue = async (connection: Connection, token: string | undefined): Promise<TaskQueue> => {
  const outputs = await apiOutputs(connection);
  const { local, env } = connection;
  if (local === null && token === undefined) {
    throw new CliError(
      `tasks of ${env} are asked for through its API: set KINTSUGI_TOKEN to a token of its user pool.`,
    );
  }
  const bearer = local === null ? (token ?? null) : await localToken({ ...local, outputs }, 'operator');
  const baseUrl = local === null ? (outputs['ApiEndpoint'] ?? '') : localApiUrl({ ...local, outputs });
  const client = apiClient({ baseUrl, send, token: () => Promise.resolve(bearer) });
  return {
    request: async (body) => (await saying(client.call('requestTask', { body }))).value,
    list: async () => (await saying(client.call('listTasks', { query: { limit: NEWEST } }))).value.tasks,
  };
};

const saying = async <T>(answer: Promise<T>): Promise<T> => {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiProblemError) throw new CliError(`the API said: ${error.message}`, { cause: error });
    throw new CliError(`the API does not answer: ${String(error)}`, { cause: error });
  }
};
