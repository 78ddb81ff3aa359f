import fc from 'fast-check';
import { findSickTasks, type TaskVitals } from '../../../core/evidence/task-health.ts';
import type { MetricRole } from '../../../core/contracts/workload.ts';
import { epochMs } from '../../../core/shared/units.ts';

const NOW = epochMs(Date.parse('2026-11-21T06:00:00Z'));
const PERIOD_SECONDS = 10;
const rules = { slo: { errorRatePercent: 5, latencyP95Ms: 400 }, periodSeconds: PERIOD_SECONDS, now: NOW };

/** Three samples, the newest `ageSeconds` old. */
const series = (value: number, ageSeconds = 5) =>
  [2, 1, 0].map((back) => ({ at: epochMs(NOW - (ageSeconds + back * PERIOD_SECONDS) * 1_000), value }));

const task = (
  taskId: string,
  values: Partial<Record<MetricRole, number>> = {},
  more: Partial<TaskVitals> & { readonly ageSeconds?: number } = {},
): TaskVitals => ({
  taskId,
  startedAt: more.startedAt === undefined ? epochMs(NOW - 600_000) : more.startedAt,
  passesHealthCheck: more.passesHealthCheck ?? null,
  samples: Object.fromEntries(Object.entries(values).map(([role, value]) => [role, series(value, more.ageSeconds)])),
});
const healthy = { errorRate: 0.2, latencyP95: 80, memoryUtilization: 40 };

describe('finds', () => {
  test('a task that fails its health check, even without metrics', () => {
    const sick = findSickTasks([task('a', {}, { passesHealthCheck: false }), task('b')], rules);
    expect([...sick]).toEqual([['a', 'fails its health check']]);
  });

  test.each<[MetricRole, number, RegExp]>([
    ['errorRate', 5.1, /fails 5.1 % of its requests/],
    ['latencyP95', 401, /takes 401 ms/],
    ['memoryUtilization', 86, /uses 86 % of its memory/],
  ])('a task whose %s is over the limit', (role, value, reason) => {
    const sick = findSickTasks([task('a', { ...healthy, [role]: value }), task('b', healthy)], rules);
    expect([...sick.keys()]).toEqual(['a']);
    expect(sick.get('a')).toMatch(reason);
  });

  test.each<[MetricRole, number]>([
    ['errorRate', 4.5],
    ['latencyP95', 300],
    ['memoryUtilization', 75],
  ])('a task whose %s is within the limit but clearly worse than its peers', (role, value) => {
    const sick = findSickTasks(
      [task('a', { ...healthy, [role]: value }), task('b', healthy), task('c', healthy)],
      rules,
    );
    expect([...sick.keys()]).toEqual(['a']);
    expect(sick.get('a')).toMatch(/its peers/);
  });

  test('a task that has fallen silent while its peers report', () => {
    const sick = findSickTasks([task('a', healthy, { ageSeconds: 45 }), task('b', healthy)], rules);
    expect([...sick]).toEqual([['a', 'has sent no metrics for 40 s while 1 of its peers do']]);
  });

  test('a task that never sent a metric while its peers report', () => {
    expect([...findSickTasks([task('a'), task('b', healthy)], rules).keys()]).toEqual(['a']);
  });

  test('every task when all are over the limit', () => {
    const bad = { ...healthy, errorRate: 60 };
    expect([...findSickTasks([task('a', bad), task('b', bad)], rules).keys()]).toEqual(['a', 'b']);
  });
});

describe('stays quiet about', () => {
  test('healthy tasks', () => {
    expect(findSickTasks([task('a', healthy), task('b', healthy)], rules).size).toBe(0);
  });

  test('a value exactly at its limit', () => {
    const atLimit = { errorRate: 5, latencyP95: 400, memoryUtilization: 80 };
    expect(findSickTasks([task('a', atLimit), task('b', atLimit)], rules).size).toBe(0);
  });

  test('silence that all tasks share', () => {
    expect(findSickTasks([task('a'), task('b')], rules).size).toBe(0);
  });

  test('a task that lags less than three periods', () => {
    expect(findSickTasks([task('a', healthy, { ageSeconds: 34 }), task('b', healthy)], rules).size).toBe(0);
  });

  test('a small difference between small values', () => {
    const small = { ...healthy, errorRate: 1.9 };
    expect(findSickTasks([task('a', small), task('b', { ...healthy, errorRate: 0 })], rules).size).toBe(0);
  });

  test('the metrics of a task that has just started or has not started yet', () => {
    const slow = { ...healthy, latencyP95: 900 };
    const young = task('a', slow, { startedAt: epochMs(NOW - 30_000) });
    const pending = task('c', {}, { startedAt: null });
    expect(findSickTasks([young, pending, task('b', healthy)], rules).size).toBe(0);
  });

  test('one odd sample', () => {
    const odd = task('a', healthy);
    const errorRate = [...series(0.2).slice(0, 2), { at: epochMs(NOW - 5_000), value: 100 }];
    const sick = findSickTasks([{ ...odd, samples: { ...odd.samples, errorRate } }, task('b', healthy)], rules);
    expect(sick.size).toBe(0);
  });
});

test('a worse task never makes a peer sick, and getting better never makes a task sick', () => {
  const value = fc.double({ min: 0, max: 100, noNaN: true });
  fc.assert(
    fc.property(fc.array(value, { minLength: 2, maxLength: 6 }), value, (values, worse) => {
      const tasks = values.map((errorRate, index) => task(`t${index}`, { errorRate }));
      const before = findSickTasks(tasks, rules);
      const first = values[0] ?? 0;
      const after = findSickTasks([task('t0', { errorRate: Math.max(first, worse) }), ...tasks.slice(1)], rules);
      const peers = [...after.keys()].filter((id) => id !== 't0');
      expect(peers.every((id) => before.has(id))).toBe(true);
      if (before.has('t0')) expect(after.has('t0')).toBe(true);
    }),
  );
});
