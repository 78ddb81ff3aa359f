import type { Limits } from '../../core/contracts/limits.ts';

/** What the definition of the healing loop gives an execution, Act and Observe, seconds; a test holds them to the file. */
export const WORKFLOW_SECONDS = { execution: 14_400, act: 120, observe: 300 } as const;

/** Time to read what is needed before and to record after the part that has a limit of its own. */
export const OVERHEAD_SECONDS = 15;

export interface Disagreement {
  readonly field: keyof Limits;
  readonly message: string;
}

/** Limits of which each is possible, but not beside the others, or not within the workflow. */
export const disagreements = (limits: Limits): readonly Disagreement[] => {
  const { actionTimeoutSeconds, effectDeadlineSeconds, holdSeconds, leaseSeconds, maxAttempts } = limits;
  // Act may be tried once more before its effect is waited for.
  const shortestLease = 2 * actionTimeoutSeconds + effectDeadlineSeconds + holdSeconds;
  const perAttempt = Math.floor(WORKFLOW_SECONDS.execution / maxAttempts);
  const longestLease = perAttempt - 1;
  return [
    ...above(limits, 'actionTimeoutSeconds', WORKFLOW_SECONDS.act - OVERHEAD_SECONDS, 'its step ends soon after'),
    ...above(limits, 'observeWindowSeconds', WORKFLOW_SECONDS.observe - OVERHEAD_SECONDS, 'its step ends soon after'),
    ...(leaseSeconds < shortestLease
      ? [
          {
            field: 'leaseSeconds' as const,
            message: `must be at least ${shortestLease}: 2 x actionTimeoutSeconds + effectDeadlineSeconds + holdSeconds, or another incident acts meanwhile`,
          },
        ]
      : []),
    ...(leaseSeconds > longestLease
      ? above(limits, 'leaseSeconds', longestLease, withinWorkflow(maxAttempts))
      : above(limits, 'approvalTtlSeconds', perAttempt - leaseSeconds, withinWorkflow(maxAttempts))),
  ];
};

const above = (limits: Limits, field: NumericLimit, most: number, why: string): readonly Disagreement[] =>
  limits[field] > most ? [{ field, message: `must be at most ${most}: ${why}` }] : [];

type NumericLimit = 'actionTimeoutSeconds' | 'observeWindowSeconds' | 'leaseSeconds' | 'approvalTtlSeconds';

const withinWorkflow = (maxAttempts: number): string =>
  `the workflow ends after ${WORKFLOW_SECONDS.execution}, and each of ${maxAttempts} attempts may ask (approvalTtlSeconds) and act (leaseSeconds)`;
