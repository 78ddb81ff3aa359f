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
