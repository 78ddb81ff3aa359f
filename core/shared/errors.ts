/**
 * Errors that cross a process boundary. `name` is a literal field: Lambda reports it, state machines match it, and a
 * bundler renames classes.
 */

/** Input or stored data that no retry will make valid: caught and escalated. */
export class InvalidInputError extends Error {
  override readonly name = 'InvalidInputError';
}

/** A dependency is throttled, unavailable or slow: retried with jitter, then escalated. */
export class DependencyUnavailableError extends Error {
  override readonly name = 'DependencyUnavailableError';
}

/** The role lacks a permission: named so that a person can add it, never retried. */
export class PermissionDeniedError extends Error {
  override readonly name = 'PermissionDeniedError';
}

/** The workload is no longer as it was when the plan was made: acting on it would be acting on the past. Refused as data. */
export class StalePlanError extends Error {
  override readonly name = 'StalePlanError';
}
