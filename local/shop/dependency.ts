import { Agent, request } from 'node:http';

/** Calls to one dependency, which is at `url`, since the process started. */
export type DependencyCounts = { readonly url: string; readonly calls: number; readonly errors: number };

export type Dependency = {
  readonly call: (path: string, agent?: Agent) => Promise<void>;
  readonly counts: () => DependencyCounts;
};

/** The dependency did not answer, or not with success. */
export class DependencyFailedError extends Error {
  override readonly name = 'DependencyFailedError';
}

const send = (url: string, agent: Agent, timeoutMs: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const fail = (why: string): void => reject(new DependencyFailedError(`${url}: ${why}`));
    const call = request(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => {
        clearTimeout(timer);
        if ((response.statusCode ?? 500) < 500) resolve();
        else fail(`status ${response.statusCode}`);
      });
    });
    const timer = setTimeout(() => call.destroy(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    call.once('error', (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
    call.end();
  });

/** A client of one dependency that counts its calls and failures. */
export const dependencyOn = (baseUrl: string, timeoutMs: number): Dependency => {
  const shared = new Agent({ keepAlive: true });
  let calls = 0;
  let errors = 0;
  return {
    counts: () => ({ url: baseUrl, calls, errors }),
    call: async (path, agent = shared) => {
      try {
        await send(`${baseUrl}${path}`, agent, timeoutMs);
      } catch (error) {
        errors += 1;
        throw error;
      } finally {
        calls += 1;
      }
    },
  };
};
