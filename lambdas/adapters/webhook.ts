import { DependencyUnavailableError, InvalidInputError } from '../../core/shared/errors.ts';

const TIMEOUT_MS = 5_000;
const LOOPBACK = ['127.0.0.1', '[::1]', 'localhost'];

/**
 * Posts JSON to a webhook. Its address is a secret, so no error says more of it than its name.
 *
 * @param name - what errors call it
 * @throws InvalidInputError when it is no address that a secret may be sent to: HTTPS, or HTTP on the same machine
 * @throws DependencyUnavailableError when it does not answer within five seconds, or with anything but a success
 */
export const postToWebhook = async (name: string, address: string, payload: object): Promise<void> => {
  const answer = await fetch(checked(name, address), {
    method: 'POST',
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: JSON.stringify(payload),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch((error: unknown) => {
    throw new DependencyUnavailableError(
      `webhook ${name} did not answer: ${error instanceof Error ? error.name : '?'}`,
    );
  });
  await answer.body?.cancel();
  if (!answer.ok)
    throw new DependencyUnavailableError(`webhook ${name} answered ${answer.status}, expected 200 to 299`);
};

const checked = (name: string, address: string): URL => {
  const url = URL.canParse(address.trim()) ? new URL(address.trim()) : null;
  const isSafe = url?.protocol === 'https:' || (url?.protocol === 'http:' && LOOPBACK.includes(url.hostname));
  if (url !== null && isSafe) return url;
  throw new InvalidInputError(`webhook ${name}: its address must be one of https://, or of http:// on this machine`);
};
