/**
 * Preloaded into every task process (`node --import`): gives it the CPU quota of its task definition and ends it with its
 * supervisor.
 *
 * Works like the kernel's CFS bandwidth control, from inside: when the process has used its share of a period, its main
 * thread sleeps until the debt is paid. CPU then saturates at 100 % of the quota and latency grows, although the machine
 * itself stays calm.
 */
const PERIOD_MS = 100;
const CHECK_MS = 20;
// One long burst is not held against the task for longer than this.
const MAX_DEBT_MS = 400;
// Compiling itself costs a process many periods' quota: it starts unhindered, as with a start-up CPU boost.
const START_UP_MS = 2000;

const share = Number(process.env['ECS_TASK_CPU_UNITS']) / 1024;
const cell = new Int32Array(new SharedArrayBuffer(4));

const cpuMs = (): number => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

let periodStart = performance.now();
let usedBefore = cpuMs();
let debtMs = 0;

const enforce = (): void => {
  const elapsed = performance.now() - periodStart;
  const used = debtMs + cpuMs() - usedBefore;
  const exhausted = used >= share * PERIOD_MS;
  if (elapsed < PERIOD_MS && !exhausted) return;
  if (exhausted) {
    const pauseMs = Math.min(used / share, MAX_DEBT_MS) - elapsed;
    if (pauseMs > 0) Atomics.wait(cell, 0, 0, pauseMs);
  }
  const end = performance.now();
  const now = cpuMs();
  debtMs = Math.min(Math.max(0, debtMs + now - usedBefore - share * (end - periodStart)), share * MAX_DEBT_MS);
  periodStart = end;
  usedBefore = now;
};

const begin = (): void => {
  periodStart = performance.now();
  usedBefore = cpuMs();
  setInterval(enforce, CHECK_MS).unref();
};

if (share > 0 && share < 1) setTimeout(begin, START_UP_MS).unref();

// The supervisor holds the other end: when it is gone, however it died, so are its tasks.
process.stdin.on('close', () => process.exit(137)).on('error', () => process.exit(137));
process.stdin.resume();
(process.stdin as unknown as { unref?: () => void }).unref?.();
