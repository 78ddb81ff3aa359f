/**
 * A budget of retries over all calls of a process: each call earns a fifth of a retry, and ten may be saved up. When
 * everything fails, attempts grow by a fifth and not to a multiple, so that what is overloaded is not loaded more.
 *
 * Counted in whole units, so that no sum of fractions can spend more than was earned: however calls and failures follow
 * each other, attempts <= calls + calls / 5 + 10.
 *
 * @see Finagle's RetryBudget and Envoy's retry budget, both with 20 %
 */
export interface RetryBudget {
  readonly units: number;
}

/** Units that a retry costs; a call earns one. */
export const RETRY_COST = 5;
/** Retries that can be saved up. */
export const RETRY_BURST = 10;

export const fullBudget: RetryBudget = { units: RETRY_BURST * RETRY_COST };

/** After a call was begun. */
export const earn = ({ units }: RetryBudget): RetryBudget => ({
  units: Math.min(units + 1, RETRY_BURST * RETRY_COST),
});

/** Pays for one retry; null when it cannot be paid. */
export const spend = ({ units }: RetryBudget): RetryBudget | null =>
  units < RETRY_COST ? null : { units: units - RETRY_COST };
