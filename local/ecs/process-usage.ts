import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** What one process has used so far: CPU time in milliseconds, resident memory in bytes. */
export type ProcessUsage = { readonly cpuMs: number; readonly residentBytes: number };

// Both are fixed in practice: USER_HZ is 100 and a page 4 KiB on every platform Node supports under /proc.
const MS_PER_TICK = 10;
const PAGE_BYTES = 4096;

const fromProc = (pid: number): ProcessUsage | undefined => {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command name may contain spaces: fields are counted from the closing bracket (man 5 proc).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const pages = Number(fields[21]);
    return { cpuMs: (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK, residentBytes: pages * PAGE_BYTES };
  } catch {
    return undefined;
  }
};

const secondsOf = (time: string): number =>
  time
    .split(/[-:]/)
    .map(Number)
    // [days-][hours:]minutes:seconds
    .reduce((total, part, index, parts) => total * (parts.length === 4 && index === 1 ? 24 : 60) + part, 0);

const fromPs = (pids: readonly number[]): Map<number, ProcessUsage> => {
  const usage = new Map<number, ProcessUsage>();
  // ps fails when none of the processes exists any more: its empty output is the answer.
  const { stdout } = spawnSync('ps', ['-o', 'pid=,rss=,time=', '-p', pids.join(',')], { encoding: 'utf8' });
  for (const row of stdout.trim().split('\n').filter(Boolean)) {
    const [pid, residentKb, time] = row.trim().split(/\s+/);
    usage.set(Number(pid), { cpuMs: secondsOf(time ?? '0') * 1000, residentBytes: Number(residentKb) * 1024 });
  }
  return usage;
};

/** Reads what the given processes have used; a process that has ended is left out. */
export const readUsage = (pids: readonly number[]): ReadonlyMap<number, ProcessUsage> => {
  if (pids.length === 0) return new Map();
  if (!existsSync('/proc/self/stat')) return fromPs(pids);
  const usage = new Map<number, ProcessUsage>();
  for (const pid of pids) {
    const one = fromProc(pid);
    if (one !== undefined) usage.set(pid, one);
  }
  return usage;
};
