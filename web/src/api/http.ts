import type { Send } from '../../../core/api/client.ts';

/** The API could not be reached at all. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

/** A network that is silent is a network that is down. */
const PATIENCE_MS = 15_000;
export const patience = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);

/** Sends a request as browsers do. Answers are never cached here: the store holds them, with their entity tags. */
export const browserSend: Send = async ({ url, method, headers, body }) => {
  const response = await fetch(url, {
    method,
    headers,
    cache: 'no-store',
    signal: patience(),
    ...(body === undefined ? {} : { body }),
  }).catch((cause: unknown) => {
    throw new UnreachableError('The API does not answer.', { cause });
  });
  return { status: response.status, text: await response.text(), header: (name) => response.headers.get(name) };
};
