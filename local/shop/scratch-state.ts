import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the shop's tasks keep on the volume of their deployment: a session index that every task reads when it starts, and
 * journals of jobs in progress that a successor resumes when their owner died without finishing them.
 */
const SESSION_INDEX = 'sessions.json';
const JOURNAL = '.journal';

/** Reads the session index, or writes a fresh one into an empty volume. Throws a SyntaxError when it is corrupt. */
export const loadSessions = (scratchDir: string): void => {
  const path = join(scratchDir, SESSION_INDEX);
  try {
    JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) throw error;
    const draft = `${path}.${process.pid}`;
    writeFileSync(draft, JSON.stringify({ version: 1, sessions: [] }));
    renameSync(draft, path);
  }
};

/** Leaves the index half written, as a crash in the middle of a write would. */
export const corruptSessions = (scratchDir: string): void =>
  writeFileSync(join(scratchDir, SESSION_INDEX), '{"version":1,"sessions":[{"id":"9f2c');

/** Replaces whatever is there by an empty index. */
export const repairSessions = (scratchDir: string): void => {
  rmSync(join(scratchDir, SESSION_INDEX), { force: true });
  loadSessions(scratchDir);
};

export const writeJournal = (scratchDir: string, taskId: string, job: object): void =>
  writeFileSync(join(scratchDir, `${taskId}${JOURNAL}`), JSON.stringify(job));

export const dropJournal = (scratchDir: string, taskId: string): void =>
  rmSync(join(scratchDir, `${taskId}${JOURNAL}`), { force: true });

const isAlive = (pid: unknown): boolean => {
  try {
    return typeof pid === 'number' && process.kill(pid, 0);
  } catch {
    return false;
  }
};

/** Takes over one journal whose owner has died; undefined when there is none. Only one of several racers gets it. */
export const claimJournal = (scratchDir: string, taskId: string): Record<string, unknown> | undefined => {
  for (const file of readdirSync(scratchDir).filter((name) => name.endsWith(JOURNAL))) {
    const path = join(scratchDir, file);
    try {
      const job = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      if (isAlive(job['pid'])) continue;
      renameSync(path, join(scratchDir, `${taskId}${JOURNAL}`));
      return job;
    } catch {
      continue; // another task was faster
    }
  }
  return undefined;
};
