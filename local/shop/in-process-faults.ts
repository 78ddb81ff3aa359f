import * as z from 'zod';
import type { ConnectionPool } from './connection-pool.ts';
import { cancelExport, corruptSessions, exportJob, isExporting, repairSessions, startExport } from './scratch-state.ts';
import { work } from './work.ts';

/** What can be done to a running task through `POST /__fault`. Everything is gone when the process ends, unless it says otherwise. */
export const FaultCommandSchema = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('errors'),
    ratePercent: z.number().min(0).max(100),
    durationMs: z.number().positive().optional(),
  }),
  z.object({ kind: z.literal('hang') }),
  z.object({ kind: z.literal('leak'), percentPerSecond: z.number().positive() }),
  z.object({ kind: z.literal('leak-pool') }),
  z.object({ kind: z.literal('batch'), cpuPercent: z.number().positive().max(100) }),
  z.object({ kind: z.literal('corrupt-sessions') }),
  z.object({ kind: z.literal('clear') }),
]);
export type FaultCommand = z.output<typeof FaultCommandSchema>;

export type FaultHost = {
  readonly scratchDir: string;
  readonly pool: ConnectionPool | undefined;
};

const LEAK_EVERY_MS = 250;
const BATCH_EVERY_MS = 8;
const BATCH_SLICE_MS = 1.2;

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

/** The faults of one task process. */
export class InProcessFaults {
  private readonly host: FaultHost;
  private readonly hoard: Buffer[] = [];
  private timers: NodeJS.Timeout[] = [];
  private errorRatePercent = 0;
  private exporting = false;

  constructor(host: FaultHost) {
    this.host = host;
    // Left by a predecessor that was killed: the job goes on, with much the same appetite.
    const job = exportJob(host.scratchDir);
    if (job !== undefined) this.export(job.percentPerSecond * (0.8 + Math.random() * 0.4));
  }

  /** Whether the request in hand is to fail. */
  failsNow(): boolean {
    return this.errorRatePercent > 0 && Math.random() * 100 < this.errorRatePercent;
  }

  /** An orderly end cancels the job that this task works on. */
  shutDown(): void {
    if (this.exporting) cancelExport(this.host.scratchDir);
  }

  apply(command: FaultCommand): void {
    switch (command.kind) {
      case 'errors':
        this.errorRatePercent = command.ratePercent;
        if (command.durationMs !== undefined)
          this.timers.push(setTimeout(() => (this.errorRatePercent = 0), command.durationMs));
        return;
      case 'hang':
        // After the answer to this command has left.
        this.timers.push(setTimeout(blockForever, 50));
        return;
      case 'leak':
        startExport(this.host.scratchDir, command);
        this.export(command.percentPerSecond);
        return;
      case 'leak-pool':
        if (this.host.pool === undefined) throw new Error('this service has no connection pool');
        this.host.pool.leaking = true;
        return;
      case 'batch':
        this.batch(command.cpuPercent);
        return;
      case 'corrupt-sessions':
        corruptSessions(this.host.scratchDir);
        console.error('session index changed on disk: reloading');
        this.timers.push(setTimeout(() => process.exit(1), 200));
        return;
      case 'clear':
        this.clear();
    }
  }

  /** The export keeps every row it has ever read, until the job is cancelled or the kernel ends it. */
  private export(percentPerSecond: number): void {
    const limit = Number(process.env['ECS_TASK_MEMORY_MIB']) * 1024 * 1024;
    const bytes = Math.round((limit * percentPerSecond * LEAK_EVERY_MS) / 100_000);
    this.exporting = true;
    const timer = setInterval(() => {
      if (isExporting(this.host.scratchDir)) this.hoard.push(Buffer.alloc(bytes, 1));
      else this.endExport(timer);
    }, LEAK_EVERY_MS);
    this.timers.push(timer);
  }

  private endExport(timer: NodeJS.Timeout): void {
    clearInterval(timer);
    this.exporting = false;
    this.hoard.length = 0;
  }

  /** A job that only uses CPU that requests leave over, in slices too short to delay one. */
  private batch(cpuPercent: number): void {
    const quota = Number(process.env['ECS_TASK_CPU_UNITS']) / 1024;
    let last = performance.now();
    let used = cpuMs();
    let credit = 0;
    const step = (): void => {
      const now = performance.now();
      const total = cpuMs();
      credit = Math.min(credit + (now - last) * quota * (cpuPercent / 100) - (total - used), 20);
      last = now;
      used = total;
      if (credit > BATCH_SLICE_MS) work(BATCH_SLICE_MS);
    };
    this.timers.push(setInterval(step, BATCH_EVERY_MS));
  }

  private clear(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers = [];
    this.errorRatePercent = 0;
    this.hoard.length = 0;
    if (this.host.pool !== undefined) this.host.pool.leaking = false;
    this.exporting = false;
    cancelExport(this.host.scratchDir);
    repairSessions(this.host.scratchDir);
  }
}

/** A deadlock: the event loop never turns again. Ends only with the process, or when the supervisor is gone. */
const blockForever = (): void => {
  const supervisor = process.ppid;
  const cell = new Int32Array(new SharedArrayBuffer(4));
  while (process.ppid === supervisor) Atomics.wait(cell, 0, 0, 500);
  process.exit(137);
};
