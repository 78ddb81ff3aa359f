import { localApiUrl, signInLocally } from '../../cli/system/sign-in.ts';
import { RoleSchema } from '../../core/contracts/api/route.ts';
import type { LocalCloud } from '../local-cloud.ts';
import { isDashboardBuilt, buildDashboard } from './build-dashboard.ts';
import type { DashboardServer } from './dashboard-server.ts';
import { serveDashboard } from './dashboard-server.ts';

export interface LocalDashboardOptions {
  /** The project's root folder. */
  readonly dir: string;
  readonly cloud: Pick<LocalCloud, 'endpoint' | 'outputs'> & { readonly ecs: Pick<LocalCloud['ecs'], 'region'> };
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

/**
 * Serves the dashboard of the local cloud.
 *
 * @param idle - resolves when nothing waits for the processors any more: building comes after that, serving what is built
 * already does not wait
 * @throws Error when it cannot be built
 */
export const openDashboard = async (
  options: LocalDashboardOptions,
  idle: Promise<unknown>,
): Promise<DashboardServer> => {
  const { dir, cloud, onProgress, signal } = options;
  if (!(await isDashboardBuilt(dir))) await idle;
  signal.throwIfAborted();
  const siteDir = await buildDashboard({ dir, onProgress, signal });
  const users = {
    endpoint: cloud.endpoint,
    region: cloud.ecs.region,
    outputs: cloud.outputs['Kintsugi-dev-Api'] ?? {},
  };
  return serveDashboard({
    siteDir,
    env: 'dev',
    apiUrl: localApiUrl(users),
    liveOrigin: cloud.endpoint.replace(/^http/, 'ws'),
    roles: RoleSchema.options,
    signIn: (role) => signInLocally(users, role),
  });
};
