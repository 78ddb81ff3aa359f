import type { LocalState } from '../cli/system/local-state.ts';
import type { LocalCloud } from './local-cloud.ts';

/** What the command line is told of a local cloud that this process has just started. */
export const localStateOf = (
  { endpoint, ecs, outputs }: Pick<LocalCloud, 'endpoint' | 'ecs' | 'outputs'>,
  control: LocalState['control'],
): LocalState => ({
  pid: process.pid,
  env: 'dev',
  startedAt: new Date().toISOString(),
  endpoint,
  ecsEndpoint: ecs.endpoint,
  region: ecs.region,
  control,
  outputs,
});
