import { localApiUrl, localToken } from '../../cli/system/sign-in.ts';
import type { Role } from '../../core/contracts/api/route.ts';
import type { LocalCloud } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';

/** A deployed API on this machine, without a shop behind it unless one is asked for. */
export interface LocalApi {
  readonly cloud: LocalCloud;
  readonly baseUrl: string;
  readonly token: (role: Role) => Promise<string>;
  readonly stop: () => Promise<void>;
}

export const startLocalApi = async (dir: string, shopPrefixes: readonly string[]): Promise<LocalApi> => {
  const cloud = await startLocalCloud({ dir, shopPrefixes, onProgress: (line) => process.stderr.write(`${line}\n`) });
  const users = {
    endpoint: cloud.endpoint,
    region: cloud.ecs.region,
    outputs: cloud.outputs['Kintsugi-dev-Api'] ?? {},
  };
  return {
    cloud,
    baseUrl: localApiUrl(users),
    token: (role) => localToken(users, role),
    stop: () => cloud.stop(),
  };
};
