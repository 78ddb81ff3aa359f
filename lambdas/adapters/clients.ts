import type { RetryStrategy } from './retries.ts';
import { MAX_ATTEMPTS, retryStrategyFor } from './retries.ts';

/**
 * What every AWS client has in common; each service's own client is in `<service>-client.ts`, so that a bundle holds only
 * what its function calls.
 */
export interface ClientSettings {
  readonly maxAttempts: number;
  readonly retryStrategy: RetryStrategy;
  readonly requestHandler: {
    readonly connectionTimeout: number;
    readonly requestTimeout: number;
    readonly socketTimeout: number;
    readonly throwOnRequestTimeout: boolean;
  };
}

/**
 * One second to connect, five to be answered, five between two parts of an answer, three attempts: at worst about 18
 * seconds. Each phase of the loop has time for two such calls in a row, so that a slow dependency is an error with a name
 * and not a function that was cut off.
 */
const TIMEOUTS: ClientSettings['requestHandler'] = {
  connectionTimeout: 1_000,
  requestTimeout: 5_000,
  socketTimeout: 5_000,
  // Without it the SDK only warns about a request that takes too long, and goes on waiting.
  throwOnRequestTimeout: true,
};

/**
 * Timeouts, retries out of the process's budget, and a breaker of the dependency's own.
 *
 * @param dependency - the service as people call it: `dynamodb`
 */
export const settingsFor = (dependency: string, requestHandler = TIMEOUTS): ClientSettings => ({
  maxAttempts: MAX_ATTEMPTS,
  retryStrategy: retryStrategyFor(dependency),
  requestHandler,
});

/** Makes its value at the first call and keeps it: connections and credentials are shared by later invocations. */
export const once = <T>(make: () => T): (() => T) => {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
};
