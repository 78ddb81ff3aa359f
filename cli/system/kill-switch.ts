import { SSMClient } from '@aws-sdk/client-ssm';
import type { Mode } from '../../core/contracts/limits.ts';
import type { ModeSource } from '../../core/shared/ports.ts';
import { settingsFor } from '../../lambdas/adapters/clients.ts';
import type { Place } from '../../lambdas/adapters/kill-switch-places.ts';
import { killSwitchPlaces } from '../../lambdas/adapters/kill-switch-places.ts';
import { ssmModeSource, writeMode } from '../../lambdas/adapters/ssm-mode.ts';
import type { Whereabouts } from './connect.ts';
import { killSwitchOutputs } from './connect.ts';

/**
 * What stopping and resuming an environment takes, and nothing else: found by the Operations stack alone, because that is
 * the one stack that the operator's role may read.
 */
export interface KillSwitch {
  readonly connection: Whereabouts;
  /** The three places where everything can be stopped. */
  readonly places: readonly Place[];
  readonly mode: () => ReturnType<ModeSource['read']>;
  readonly setMode: (mode: Mode) => Promise<void>;
  readonly close: () => void;
}

export const openKillSwitch = async (connection: Whereabouts): Promise<KillSwitch> => {
  const { config } = connection;
  const outputs = await killSwitchOutputs(connection);
  const ssm = new SSMClient({ ...settingsFor('ssm'), ...config });
  return {
    connection,
    places: killSwitchPlaces(outputs, config),
    mode: () => ssmModeSource(ssm, outputs.ModeParameterName).read(),
    setMode: (mode) => writeMode(ssm, outputs.ModeParameterName, mode),
    close: () => ssm.destroy(),
  };
};
