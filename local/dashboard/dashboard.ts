import { RoleSchema } from '../../core/contracts/api/route.ts';
import type { LocalCloud } from '../local-cloud.ts';
import { isDashboardBuilt, buildDashboard } from './build-dashboard.ts';
import { serveDashboard } from './dashboard-server.ts';
import { localUsers } from './local-users.ts';

export interface LocalDashboardOptions {
  /** The project's root folder. */
  readonly dir: string;
  readonly cloud: Pick<LocalCloud, 'endpoint' | 'outputs' | 'ecs'>;
  readonly onProgress: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface LocalDashboard {
  readonly url: string;
  readonly close: () => Promise<void>;
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
): Promise<LocalDashboard> => {
  const { dir, cloud, onProgress, signal } = options;
  if (!(await isDashboardBuilt(dir))) await idle;
  signal.throwIfAborted();
  const siteDir = await buildDashboard({ dir, onProgress, signal });
  const outputs = outputsOf(cloud);
  const users = localUsers({
    endpoint: cloud.endpoint,
    region: cloud.ecs.region,
    userPoolId: outputs('UserPoolId'),
    clientId: outputs('UserPoolClientId'),
  });
  const server = await serveDashboard({
    siteDir,
    env: 'dev',
    apiUrl: `${cloud.endpoint}/_aws/execute-api/${outputs('ApiId')}/$default`,
    liveOrigin: cloud.endpoint.replace(/^http/, 'ws'),
    roles: RoleSchema.options,
    signIn: users.signIn,
  });
  return {
    url: server.url,
    close: async () => {
      await server.close();
      users.close();
    },
  };
};

/** An output by its name, whichever stack has it. */
const outputsOf =
  ({ outputs }: LocalDashboardOptions['cloud']) =>
  (name: string): string => {
    const found = Object.values(outputs).flatMap((stack) => stack[name] ?? [])[0];
    if (found === undefined) throw new Error(`the deployment has no output ${name}`);
    return found;
  };
