import type { LocalCloud, LocalCloudOptions } from '../../local/local-cloud.ts';
import { startLocalCloud } from '../../local/local-cloud.ts';

/** Name prefixes of that many shops: none, `b-`, `c-` and so on. */
export const shopPrefixes = (shops: number): readonly string[] =>
  Array.from({ length: shops }, (_, index) => (index === 0 ? '' : `${String.fromCharCode(97 + index)}-`));

/** Says a line of progress, with the seconds since the first. */
export const stopwatch = (): ((line: string) => void) => {
  const startedAt = Date.now();
  return (line) => console.error(`${((Date.now() - startedAt) / 1_000).toFixed(0).padStart(5)} s  ${line}`);
};

/**
 * A local cloud with one shop per prefix, each a lane of its own: its incidents have nothing to do with the others'.
 * Nothing is left behind, interrupted or not.
 */
export const inLanes = async (
  options: LocalCloudOptions & { readonly shopPrefixes: readonly string[] },
  lane: (cloud: LocalCloud, prefix: string) => Promise<void>,
): Promise<void> => {
  const cloud = await startLocalCloud(options);
  process.once('SIGINT', () => void cloud.stop().then(() => process.exit(130)));
  try {
    await Promise.all(options.shopPrefixes.map((prefix) => lane(cloud, prefix)));
  } finally {
    await cloud.stop();
  }
};
