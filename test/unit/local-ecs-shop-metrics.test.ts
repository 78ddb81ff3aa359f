import fc from 'fast-check';
import { p95, serviceData, taskData, type ServiceSnapshot } from '../../local/shop/metrics.ts';
import { priceBasket, REGRESSION_BUILD, STABLE_BUILD } from '../../local/shop/pricing.ts';

const empty: ServiceSnapshot = {
  service: 'payments',
  at: new Date(0),
  tasks: [],
  records: [],
  requestsLastSecond: 0,
  usage: [],
  probes: [],
  dependency: { calls: 0, errors: 0 },
};
const task = (taskId: string) => ({ taskId, deploymentId: 'ecs-svc/1', port: 1, pid: 1, startedAt: 0 });
const record = (taskId: string | null, failed: boolean, latencyMs = 10) => ({ at: 0, taskId, failed, latencyMs });
const valueOf = (snapshot: ServiceSnapshot, name: string) =>
  serviceData(snapshot).find(({ metricName }) => metricName === name)?.value;

test('a quiet second still has a value for every metric', () => {
  expect(serviceData(empty).map(({ metricName, value }) => [metricName, value])).toEqual([
    ['RequestCount', 0],
    ['ErrorRate', 0],
    ['LatencyP95', 0],
    ['CPUUtilization', 0],
    ['MemoryUtilization', 0],
    ['RunningTaskCount', 0],
    ['EventLoopDelay', 0],
    ['DependencyErrorRate', 0],
  ]);
});

test('calls that found no task are errors of the service', () => {
  expect(valueOf({ ...empty, records: [record(null, true), record(null, true)] }, 'ErrorRate')).toBe(100);
});

test('the worst task decides memory and event-loop delay, the mean CPU', () => {
  const usage = [
    { taskId: 'a', cpuPercent: 20, memoryPercent: 30 },
    { taskId: 'b', cpuPercent: 60, memoryPercent: 90 },
  ];
  const probes = [
    { taskId: 'a', delayMs: 2, stats: null },
    { taskId: 'b', delayMs: 800, stats: null },
  ];
  const snapshot = { ...empty, tasks: [task('a'), task('b')], usage, probes };
  expect(valueOf(snapshot, 'CPUUtilization')).toBe(40);
  expect(valueOf(snapshot, 'MemoryUtilization')).toBe(90);
  expect(valueOf(snapshot, 'EventLoopDelay')).toBe(800);
});

test('a pool shows only where there is one', () => {
  const stats = { dependency: { url: 'http://127.0.0.1:1', calls: 1, errors: 0 }, pool: { size: 6, inUse: 3 } };
  expect(valueOf(empty, 'PoolUtilization')).toBeUndefined();
  expect(valueOf({ ...empty, probes: [{ taskId: 'a', delayMs: 1, stats }] }, 'PoolUtilization')).toBe(50);
});

test('a task answers for its own requests only', () => {
  const snapshot = { ...empty, tasks: [task('a'), task('b')], records: [record('a', true), record('b', false)] };
  const rates = taskData(snapshot).filter(({ metricName }) => metricName === 'ErrorRate');
  expect(rates.map(({ dimensions, value }) => [dimensions['TaskId'], value])).toEqual([
    ['a', 100],
    ['b', 0],
  ]);
});

test('p95 is one of the values, and at most one in twenty lies above it', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 5000 }), { minLength: 1 }), (values) => {
      const result = p95(values);
      expect(values).toContain(result);
      expect(values.filter((value) => value > result).length).toBeLessThanOrEqual(values.length / 20);
    }),
  );
});

test('only the regression build cannot price a guest’s basket', () => {
  const guest = { items: [{ cents: 100 }] };
  expect(priceBasket(guest, STABLE_BUILD)).toBe(100);
  expect(() => priceBasket(guest, REGRESSION_BUILD)).toThrow(TypeError);
});
