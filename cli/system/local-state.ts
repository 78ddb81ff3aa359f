import { chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { parseJson } from '../../core/shared/parse-json.ts';

/** How other processes find the local cloud: written by `npm start`, removed when it stops. */
export const LocalStateSchema = z.object({
  pid: z.int().positive(),
  env: z.literal('dev'),
  startedAt: z.iso.datetime(),
  endpoint: z.url(),
  ecsEndpoint: z.url(),
  region: z.string(),
  control: z.object({
    url: z.url(),
    /** Proves that the caller can read this file: a web page that guesses the port cannot. */
    token: z.string().min(32),
  }),
  /** Address of the dashboard, once it is served. */
  dashboard: z.url().optional(),
  /** Per stack: its outputs. */
  outputs: z.record(z.string(), z.record(z.string(), z.string())),
});
export type LocalState = z.output<typeof LocalStateSchema>;

const fileOf = (dir: string): string => join(dir, '.kintsugi', 'local.json');

/** The local cloud of a project folder; null when there is none, or the file is left from one that has ended. */
export const readLocalState = async (dir: string): Promise<LocalState | null> => {
  const text = await readFile(fileOf(dir), 'utf8').catch(() => null);
  if (text === null) return null;
  const parsed = LocalStateSchema.safeParse(parseJson(text));
  return parsed.success && isAlive(parsed.data.pid) ? parsed.data : null;
};

/** The local cloud of the nearest folder upwards from each of the given ones, in order. */
export const findLocalState = async (dirs: readonly string[]): Promise<LocalState | null> => {
  for (const start of dirs) {
    for (let dir = start; ; dir = dirname(dir)) {
      const state = await readLocalState(dir);
      if (state !== null) return state;
      if (dirname(dir) === dir) break;
    }
  }
  return null;
};

/** Writes the file in one step, readable by its owner only. */
export const writeLocalState = async (dir: string, state: LocalState): Promise<void> => {
  const file = fileOf(dir);
  const draft = `${file}.${state.pid}`;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(draft, `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
  await chmod(draft, 0o600);
  await rename(draft, file);
};

/** Removes the file if it is this process's own. */
export const removeLocalState = async (dir: string, pid: number): Promise<void> => {
  const text = await readFile(fileOf(dir), 'utf8').catch(() => '');
  const parsed = LocalStateSchema.safeParse(parseJson(text));
  if (parsed.success && parsed.data.pid === pid) await rm(fileOf(dir), { force: true });
};

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is there, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
};
