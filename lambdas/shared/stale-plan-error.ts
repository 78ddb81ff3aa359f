/** The workload is no longer as it was when the plan was made: acting on it would be acting on the past. */
export class StalePlanError extends Error {
  override readonly name = 'StalePlanError';
}
