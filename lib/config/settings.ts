import type { EnvironmentName } from '../../core/contracts/workload.ts';
import type { Catalogue } from '../../core/learning/catalogue.ts';
import type { PolicySet } from '../../core/guard/policy-set.ts';
import type { FunctionBundles } from '../constructs/bundle.ts';
import type { EnvironmentConfig } from './environment-config.ts';

/** What every stack of one environment is built from. */
export interface Settings {
  readonly environment: EnvironmentName;
  readonly config: EnvironmentConfig;
  /** Folder of the alarms' articles. */
  readonly runbooksDir: string;
  /** Folder of the state machines' definitions. */
  readonly stateMachinesDir: string;
  readonly bundles: FunctionBundles;
  /** The environment's own expert catalogue; null: the one that comes with Kintsugi. */
  readonly catalogue: Catalogue | null;
  /** Folder of the built dashboard; where it is not there, its place is deployed and stays empty. */
  readonly siteDir: string;
  /** What the guards' facts are held against; checked. */
  readonly policies: PolicySet;
}
