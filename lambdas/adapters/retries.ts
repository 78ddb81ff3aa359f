import type { CircuitBreaker } from '../../core/shared/circuit-breaker.ts';
import { admit, answered, closedBreaker, failed } from '../../core/shared/circuit-breaker.ts';
import type { RetryBudget } from '../../core/shared/retry-budget.ts';
import { earn, fullBudget, spend } from '../../core/shared/retry-budget.ts';
import { epochMs } from '../../core/shared/units.ts';

/** What the SDK carries from one attempt of a call to the next. */
interface RetryToken {
  readonly getRetryCount: () => number;
  readonly getRetryDelay: () => number;
}

/** How the SDK classifies what went wrong. */
export interface AttemptError {
  readonly errorType: 'THROTTLING' | 'TRANSIENT' | 'SERVER_ERROR' | 'CLIENT_ERROR';
}

/** As the SDK's retry middleware asks for it (`RetryStrategyV2`). */
export interface RetryStrategy {
  readonly acquireInitialRetryToken: (scope: string) => Promise<RetryToken>;
  readonly refreshRetryTokenForRetry: (token: RetryToken, error: AttemptError) => Promise<RetryToken>;
  readonly recordSuccess: (token: RetryToken) => void;
}

/** A dependency that is left alone for a while, because it failed too often in a row. */
export class CircuitOpenError extends Error {
  override readonly name = 'CircuitOpenError';
}

/** What all clients of a process share. */
export interface Surroundings {
  readonly now: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly budget: { current: RetryBudget };
}

const ofThisProcess: Surroundings = { now: Date.now, random: Math.random, budget: { current: fullBudget } };

export const MAX_ATTEMPTS = 3;
/** Milliseconds before the first retry, at most; twice as many before each further one. */
const FIRST_PAUSE: Readonly<Record<AttemptError['errorType'], number>> = {
  TRANSIENT: 100,
  THROTTLING: 500,
  // These two are never retried by a call: the workflow retries the phase.
  SERVER_ERROR: 0,
  CLIENT_ERROR: 0,
};

const isRetried = (type: AttemptError['errorType']): boolean => FIRST_PAUSE[type] > 0;

const tokenOf = (count: number, delay: number): RetryToken => ({
  getRetryCount: () => count,
  getRetryDelay: () => delay,
});

/**
 * How the client of one dependency retries: three attempts with full jitter, out of one budget for the whole process, and
 * none while the dependency's breaker is open. It takes the place of the SDK's strategy, whose budget is a hundred
 * retries for each client.
 *
 * @param dependency - the service as people call it: `dynamodb`
 */
export const retryStrategyFor = (
  dependency: string,
  { now, random, budget }: Surroundings = ofThisProcess,
): RetryStrategy => {
  let breaker: CircuitBreaker = closedBreaker;
  return {
    acquireInitialRetryToken: async () => {
      const admission = admit(breaker, epochMs(now()));
      breaker = admission.breaker;
      if (!admission.admitted) throw new CircuitOpenError(`${dependency} failed too often in a row and is left alone`);
      budget.current = earn(budget.current);
      return tokenOf(0, 0);
    },
    refreshRetryTokenForRetry: async (token, { errorType }) => {
      const isFailure = errorType === 'TRANSIENT' || errorType === 'SERVER_ERROR';
      breaker = isFailure ? failed(breaker, epochMs(now())) : answered();
      const next = token.getRetryCount() + 1;
      const paid =
        isRetried(errorType) && breaker.state === 'closed' && next < MAX_ATTEMPTS ? spend(budget.current) : null;
      if (paid === null) throw new Error(`no further attempt to reach ${dependency}`); // the SDK throws what it met instead
      budget.current = paid;
      return tokenOf(next, Math.floor(random() * FIRST_PAUSE[errorType] * 2 ** (next - 1)));
    },
    recordSuccess: () => {
      breaker = answered();
    },
  };
};
