const SAMPLE_MS = 25;

/**
 * How many times longer work takes now than on a machine that does nothing else: wall time over processor time of a short
 * piece of work. 1 on an idle machine, 10 where ten others want the processor.
 */
export const slowdown = (): number => {
  const [started, before] = [performance.now(), process.cpuUsage()];
  let workedMs = 0;
  while (workedMs < SAMPLE_MS) {
    const { user, system } = process.cpuUsage(before);
    workedMs = (user + system) / 1_000;
  }
  return (performance.now() - started) / workedMs;
};

export const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Infinity;

interface Delay {
  readonly phase: string;
  readonly ms: number;
}

/** The delays in a sentence, with what the machine was like meanwhile. */
export const describeDelays = (delays: readonly Delay[], lateMs: number, slow: readonly number[]): string => {
  const all = delays.map(({ ms }) => ms);
  const late = all.filter((ms) => ms > lateMs).length;
  return [
    `median ${median(all)} ms, worst ${Math.max(...all)} ms, ${late} of ${all.length} above ${lateMs} ms`,
    `on a machine ${median(slow).toFixed(1)} times slower than alone`,
    ...delays.map(({ phase, ms }) => `${phase} ${ms} ms`),
  ].join('; ');
};
