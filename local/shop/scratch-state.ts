import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What the shop's tasks keep on the volume of their deployment: a session index that every task reads when it starts, and
 * the export job that all tasks work on while it is there. A worker that is killed leaves the job to its successor; one
 * that is stopped in an orderly way cancels it.
 */
const SESSION_INDEX = 'sessions.json';
const EXPORT_JOB = 'export-job.json';

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

/** What the export job may take, in percent of a task's memory limit per second. */
export type ExportJob = { readonly percentPerSecond: number };

/** Starts the job: every task that starts from now on joins in, until it is cancelled. */
export const startExport = (scratchDir: string, job: ExportJob): void =>
  writeFileSync(join(scratchDir, EXPORT_JOB), JSON.stringify(job));

export const cancelExport = (scratchDir: string): void => rmSync(join(scratchDir, EXPORT_JOB), { force: true });

export const isExporting = (scratchDir: string): boolean => existsSync(join(scratchDir, EXPORT_JOB));

/** The job in progress, if there is one. */
export const exportJob = (scratchDir: string): ExportJob | undefined =>
  isExporting(scratchDir) ? (JSON.parse(readFileSync(join(scratchDir, EXPORT_JOB), 'utf8')) as ExportJob) : undefined;
