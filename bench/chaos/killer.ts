import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Random } from '../learning/random.ts';

export interface Killer {
  readonly killed: () => number;
  readonly stop: () => Promise<void>;
}

/**
 * Kills one function's process every so often, in the middle of whatever it does.
 *
 * Only processes of one emulator are found: they carry its port in their environment, and its name for a worker in their
 * command line. Where there is no /proc, nothing is killed.
 */
export const startKiller = (endpoint: string, everyMs: number, random: Random): Killer => {
  const port = new URL(endpoint).port;
  const ending = new AbortController();
  let killed = 0;
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      await sleep(everyMs * (0.5 + random()), undefined, { signal: ending.signal }).catch(() => undefined);
      if (ending.signal.aborted) return;
      const workers = await workersOf(port);
      const victim = workers[Math.floor(random() * workers.length)];
      if (victim === undefined) continue;
      try {
        process.kill(victim, 'SIGKILL');
        killed += 1;
      } catch {
        // it ended by itself in the meantime
      }
    }
  };
  const running = run();
  return {
    killed: () => killed,
    stop: () => {
      ending.abort();
      return running;
    },
  };
};

const workersOf = async (port: string): Promise<readonly number[]> => {
  const ids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const found = await Promise.all(
    ids.map(async (id) => {
      const [environment, command] = await Promise.all([read(`/proc/${id}/environ`), read(`/proc/${id}/cmdline`)]);
      const isOurs = environment.split('\0').includes(`GATEWAY_PORT=${port}`);
      return isOurs && command.includes('ministack-lambda-Kintsugi-') ? [Number(id)] : [];
    }),
  );
  return found.flat();
};

/** Processes end while one looks, and others' are not ours to read. */
const read = (path: string): Promise<string> => readFile(path, 'utf8').catch(() => '');
