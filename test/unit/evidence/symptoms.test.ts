import fc from 'fast-check';
import type { Symptom, WorkloadState } from '../../../core/contracts/evidence.ts';
import { SymptomSchema } from '../../../core/contracts/evidence.ts';
import type { MetricRole } from '../../../core/contracts/workload.ts';
import { MetricRoleSchema } from '../../../core/contracts/workload.ts';
import { median, summariseMetric } from '../../../core/evidence/metric-summary.ts';
import type { SymptomInput } from '../../../core/evidence/symptoms.ts';
import { deriveSymptoms } from '../../../core/evidence/symptoms.ts';
import { aMetric, aQueue, aService, aState, aTask, at, isoAt } from '../../support/builders.ts';

type Found = 'present' | 'absent' | 'not observable';

const find = (symptom: Symptom, changes: Partial<SymptomInput>): Found => {
  const found = deriveSymptoms({ workload: aService(), metrics: [], state: null, now: at(0), ...changes });
  if (found.present.includes(symptom)) return 'present';
  return found.absent.includes(symptom) ? 'absent' : 'not observable';
};

describe('a metric above its limit', () => {
  test.each([
    ['errHigh', 'errorRate', 5],
    ['latHigh', 'latencyP95', 400],
    ['cpuHigh', 'cpuUtilization', 80],
    ['memHigh', 'memoryUtilization', 80],
    ['depErr', 'dependencyErrorRate', 5],
    ['dbConnSat', 'poolUtilization', 90],
  ] as const)('%s: %s above %d', (symptom, role, limit) => {
    expect(find(symptom, { metrics: [aMetric(role, limit + 0.1)] })).toBe('present');
    expect(find(symptom, { metrics: [aMetric(role, limit)] })).toBe('absent');
    expect(find(symptom, { metrics: [aMetric(role, null)] })).toBe('not observable');
    expect(find(symptom, { metrics: [] })).toBe('not observable');
  });

  test('trafficHigh: more than 1.8 times what was usual, if that is known', () => {
    expect(find('trafficHigh', { metrics: [aMetric('requestCount', 181, 100)] })).toBe('present');
    expect(find('trafficHigh', { metrics: [aMetric('requestCount', 180, 100)] })).toBe('absent');
    expect(find('trafficHigh', { metrics: [aMetric('requestCount', 181, null)] })).toBe('not observable');
  });

  test('lowUtil: idle tasks above the minimum', () => {
    const idle = [aMetric('cpuUtilization', 9.9)];
    expect(find('lowUtil', { metrics: idle, state: aState({ running: 3 }) })).toBe('present');
    expect(find('lowUtil', { metrics: idle, state: aState({ running: 2 }) })).toBe('absent');
    expect(find('lowUtil', { metrics: idle, state: null })).toBe('not observable');
  });
});

describe('what the state of the workload shows', () => {
  const exit = (changes: Partial<WorkloadState['exits'][number]> = {}): WorkloadState =>
    aState({
      exits: [{ taskArn: 't', stoppedAt: isoAt(-300), exitCode: 1, reason: 'Essential container exited', ...changes }],
    });

  test.each<[string, WorkloadState | null, Found]>([
    ['a failed task', exit(), 'present'],
    ['one whose code is not known', exit({ exitCode: null }), 'present'],
    ['one whose time is not known', exit({ stoppedAt: null }), 'present'],
    ['one of more than five minutes ago', exit({ stoppedAt: isoAt(-300.001) }), 'absent'],
    ['one that ended in order', exit({ exitCode: 0 }), 'absent'],
    ['one that we stopped', exit({ reason: 'kintsugi:inc-1:1' }), 'absent'],
    ['none', aState(), 'absent'],
    ['nothing, because it could not be read', null, 'not observable'],
  ])('taskExit: %s', (_, state, expected) => expect(find('taskExit', { state })).toBe(expected));

  test('memHigh: a task killed for its memory tells, though the metric is well again', () => {
    const metrics = [aMetric('memoryUtilization', 20)];
    expect(find('memHigh', { metrics, state: exit({ reason: 'OutOfMemoryError: container killed' }) })).toBe('present');
    expect(find('memHigh', { metrics, state: exit() })).toBe('absent');
  });

  test('healthFail: a sick task, or fewer than the minimum', () => {
    expect(find('healthFail', { state: aState({ tasks: [aTask('t1', { sick: true })] }) })).toBe('present');
    expect(find('healthFail', { state: aState({ running: 1 }) })).toBe('present');
    expect(find('healthFail', { state: aState() })).toBe('absent');
    expect(find('healthFail', { state: aState({ running: null }) })).toBe('not observable');
    expect(find('healthFail', { workload: aQueue(), state: aState() })).toBe('not observable');
  });

  test.each([
    ['recentDeploy', 'code', 'recentConfig'],
    ['recentConfig', 'configuration', 'recentDeploy'],
  ] as const)('%s: the %s changed within half an hour', (symptom, lastChange, other) => {
    const since = (createdAt: string) => {
      const { currentRevision } = aState();
      if (currentRevision === null) throw new Error('no revision');
      return aState({
        lastChange,
        currentRevision: { ...currentRevision, createdAt },
        stableRevision: { ...currentRevision, revision: 'before' },
      });
    };
    expect(find(symptom, { state: since(isoAt(-1_800)) })).toBe('present');
    expect(find(other, { state: since(isoAt(-1_800)) })).toBe('absent');
    expect(find(symptom, { state: since(isoAt(-1_800.001)) })).toBe('absent');
    expect(find(symptom, { state: aState({ lastChange }) })).toBe('absent');
    expect(find(symptom, { state: aState({ currentRevision: null }) })).toBe('not observable');
  });

  test('belowMin and dlqDepth: counts, where there are any', () => {
    expect(find('belowMin', { state: aState({ desired: 1 }) })).toBe('present');
    expect(find('belowMin', { state: aState({ desired: 2 }) })).toBe('absent');
    expect(find('belowMin', { state: aState({ desired: null }) })).toBe('not observable');
    expect(find('dlqDepth', { workload: aQueue(), state: aState({ deadLetters: 1 }) })).toBe('present');
    expect(find('dlqDepth', { workload: aQueue(), state: aState({ deadLetters: 0 }) })).toBe('absent');
    expect(find('dlqDepth', { state: aState() })).toBe('not observable');
  });
});

test('blindness is not health: what nothing can show is in neither list', () => {
  expect(deriveSymptoms({ workload: aService(), metrics: [], state: null, now: at(0) })).toEqual({
    present: [],
    absent: [],
  });
});

test('a symptom is present or absent, never both, whatever is measured', () => {
  const metrics = fc.array(
    fc.record({ role: fc.constantFrom(...MetricRoleSchema.options), current: fc.option(fc.double({ noNaN: true })) }),
  );
  fc.assert(
    fc.property(metrics, (measured) => {
      const { present, absent } = deriveSymptoms({
        workload: aService(),
        metrics: measured.map(({ role, current }) => aMetric(role, current, 10)),
        state: aState(),
        now: at(0),
      });
      const all = [...present, ...absent];
      expect(new Set(all).size).toBe(all.length);
      for (const symptom of all) expect(SymptomSchema.options).toContain(symptom);
    }),
  );
});

describe('summaries', () => {
  const samples = (values: readonly number[]) => values.map((value, index) => ({ at: at(index * 10), value }));
  const summary = (values: readonly number[], role: MetricRole = 'errorRate') =>
    summariseMetric(role, samples(values), at(25));

  test('the baseline is the median up to the onset, the present that of the newest three', () => {
    expect(summary([1, 2, 3, 50, 60, 40])).toMatchObject({ baseline: 2, current: 50, samples: 6, newestAt: isoAt(50) });
  });
  test('no samples are not zero', () => {
    expect(summary([])).toMatchObject({ baseline: null, current: null, samples: 0, newestAt: null });
  });
  test('the median is a value between the smallest and the largest, whatever the order', () => {
    const values = fc.array(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), { minLength: 1 });
    fc.assert(
      fc.property(values, (list) => {
        const middle = median(list) ?? NaN;
        expect(middle).toBeGreaterThanOrEqual(Math.min(...list));
        expect(middle).toBeLessThanOrEqual(Math.max(...list));
        expect(median(list.toReversed())).toBe(middle);
      }),
    );
    expect(median([3, 1, 2, 10])).toBe(2.5);
    expect(median([])).toBeNull();
  });
});
