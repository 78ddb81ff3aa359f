import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { EnvironmentConfig } from '../../lib/config/environment-config.ts';
import type { Account as AskedFor } from '../system/connect.ts';
import type { Account, StackState } from './account.ts';
import type { Finding } from './finding.ts';

/** An environment and what is known of it without looking. */
export interface Surroundings {
  readonly env: EnvironmentName;
  readonly account: Account;
  /** The profile and the region by which the caller named the account. */
  readonly asked: AskedFor;
  readonly config: Pick<EnvironmentConfig, 'heartbeatMinutes' | 'cloudStack'>;
  /** Null for a deployed environment; else the local cloud, with the dashboard's address once it is served. */
  readonly local: { readonly endpoint: string; readonly dashboard: string | null } | null;
  /** Epoch milliseconds. */
  readonly now: number;
}

/** One look at an environment whose stacks are known. */
export type Look = (around: Surroundings, stacks: readonly StackState[]) => Promise<Finding[]> | Finding[];
