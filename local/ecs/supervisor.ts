import { readUsage } from './process-usage.ts';
import type { Task } from './task.ts';

/** One task as seen from outside. Percentages are of the task definition's limits. */
export type TaskMeasurement = {
  readonly taskId: string;
  /** Null while the task starts up, when its quota is not enforced. */
  readonly cpuPercent: number | null;
  readonly memoryPercent: number;
};

type Sample = { readonly at: number; readonly cpuMs: number };

// The kernel counts CPU in ticks of 10 ms: over three seconds that is 3 % of the smallest quota in use (0.1 vCPU).
const CPU_WINDOW_MS = 3000;

// The quota's own start-up allowance (quota.ts) and the time until the port was open.
const START_UP_MS = 2500;

/** Watches the processes from outside: measures them and enforces the memory limit. */
export class Supervisor {
  private readonly samples = new Map<string, Sample[]>();
  private readonly latest = new Map<string, TaskMeasurement>();

  /** Measures once; a task above its memory limit is killed, as the kernel would. */
  observe(tasks: readonly Task[], now: number): void {
    const live = tasks.filter(({ pid }) => pid !== undefined);
    const usage = readUsage(live.flatMap(({ pid }) => pid ?? []));
    const seen = new Set<string>();
    for (const task of live) {
      const used = task.pid === undefined ? undefined : usage.get(task.pid);
      if (used === undefined) continue;
      seen.add(task.id);
      const memoryPercent = (100 * used.residentBytes) / task.memoryBytes;
      this.latest.set(task.id, { taskId: task.id, memoryPercent, cpuPercent: this.cpuPercent(task, now, used.cpuMs) });
      if (memoryPercent > 100) task.killOutOfMemory();
    }
    for (const id of this.latest.keys()) {
      if (seen.has(id)) continue;
      this.latest.delete(id);
      this.samples.delete(id);
    }
  }

  of(task: Task): TaskMeasurement | undefined {
    return this.latest.get(task.id);
  }

  private cpuPercent(task: Task, now: number, cpuMs: number): number | null {
    if (now < task.createdAt + START_UP_MS) return null;
    const samples = this.samples.get(task.id) ?? [];
    samples.push({ at: now, cpuMs });
    while (samples.length > 2 && (samples[1]?.at ?? now) <= now - CPU_WINDOW_MS) samples.shift();
    this.samples.set(task.id, samples);
    const first = samples[0];
    if (first === undefined || first.at === now) return null;
    return (100 * (cpuMs - first.cpuMs)) / ((now - first.at) * (task.cpuUnits / 1024));
  }
}
