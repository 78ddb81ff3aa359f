import type { Workload } from '../../../core/contracts/workload.ts';
import type { Finding } from '../../../core/incident/finding.ts';
import type { MetricWatch } from '../../../core/detection/metric-watch.ts';
import type { Sample, StoredWatch } from '../../../core/shared/ports.ts';
import { after, minutes } from '../../../core/shared/units.ts';
import { detect, type DetectorDeps } from '../../../lambdas/detector/detector.ts';
import { aService, at } from '../../support/builders.ts';

const NOW = at(86_400);
const FORECASTS = { horizonSeconds: 3_600, seasonSeconds: 86_400, requestsPerTask: null };
const watched = (id: string, changes: Partial<Workload> = {}): Workload =>
  aService(id, {
    metricPeriodSeconds: 60,
    detection: { anomalies: ['errorRate', 'latencyP95'], forecasts: FORECASTS },
    ...(changes as object),
  });

/** The detector over stores in memory; `fails` is thrown by the named port, once. */
const aDetector = (workloads: readonly Workload[], value: (metricName: string, time: number) => number | null) => {
  const memory = new Map<string, { readonly version: number; readonly watch: MetricWatch }>();
  const sent: Finding[] = [];
  const calls = { readEach: [] as number[], load: 0, save: 0, windows: [] as number[] };
  let fails: 'save' | 'send' | 'rollouts' | null = null;
  const failing = (port: NonNullable<typeof fails>): void => {
    if (fails !== port) return;
    fails = null;
    throw new Error(`${port} failed`);
  };
  const deps: DetectorDeps = {
    workloads: async (ids) => workloads.filter(({ workloadId }) => ids.includes(workloadId)),
    metrics: {
      readEach: async (metrics, { from, to, periodSeconds }) => {
        calls.readEach.push(metrics.length);
        calls.windows.push((to - from) / (periodSeconds * 1_000));
        return metrics.map(({ metricName }) => {
          const samples: Sample[] = [];
          for (let time = from; time < to; time = after(time, minutes(periodSeconds / 60))) {
            const measured = value(metricName, (time - at(0)) / 60_000);
            if (measured !== null) samples.push({ at: time, value: measured });
          }
          return samples;
        });
      },
    },
    watches: {
      load: async (keys) => {
        calls.load += 1;
        return new Map(
          keys.flatMap((key) => (memory.has(key) ? [[key, memory.get(key) as StoredWatch] as const] : [])),
        );
      },
      save: async (key, watch, { version }) => {
        failing('save');
        calls.save += 1;
        if ((memory.get(key)?.version ?? 0) !== version) return 'overtaken';
        memory.set(key, { version: version + 1, watch });
        return 'saved';
      },
    },
    rollouts: {
      read: async () => {
        failing('rollouts');
        return new Map();
      },
    },
    send: async (findings) => {
      failing('send');
      sent.push(...findings);
    },
  };
  return { deps, calls, sent, memory, fail: (port: typeof fails) => (fails = port) };
};

/** Noise that never repeats itself, or its repetitions would be what is usual. */
const steady = (_: string, minute: number): number => {
  const hash = Math.sin(minute * 12.9898) * 43_758.5453;
  return 100 + hash - Math.floor(hash);
};
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `shop-${i}`);

test('one request for all metrics of a period, one read of all memories, one write for each', async () => {
  const workloads = ids(4).map((id) => watched(id));
  const { deps, calls } = aDetector(workloads, steady);
  const look = await detect(ids(4), NOW, deps);
  // errorRate and latencyP95 for anomalies, memoryUtilization for its future
  expect(look).toMatchObject({ metrics: 12, requests: 1, findings: [], notSeen: [] });
  expect(calls).toMatchObject({ readEach: [12], load: 1, save: 12 });
});

test('more than 500 metrics take a second request, another period its own', async () => {
  const memoryOnly = { detection: { anomalies: [], forecasts: FORECASTS } };
  const workloads = [...ids(510).map((id) => watched(id, memoryOnly)), watched('fast', { metricPeriodSeconds: 10 })];
  const { deps, calls } = aDetector(workloads, steady);
  await detect([...ids(510), 'fast'], NOW, deps);
  expect(calls.readEach.toSorted((a, b) => a - b)).toEqual([3, 10, 500]);
});

test('nobody asked: nothing is read but the registry', async () => {
  const { deps, calls } = aDetector([aService('payments')], steady);
  expect(await detect(['payments', 'gone'], NOW, deps)).toMatchObject({
    metrics: 0,
    notSeen: ['gone is not registered (any more)'],
  });
  expect(calls).toMatchObject({ readEach: [], load: 0, save: 0 });
});

test('only periods that are over are read, and one more is left to samples that are late', async () => {
  const { deps, memory } = aDetector([watched('payments')], steady);
  await detect(['payments'], after(NOW, minutes(0.5)), deps);
  expect(memory.get('payments#errorRate')?.watch.newestAt).toBe(after(NOW, minutes(-2)));
});

test('demand that was never looked at is read as far back as its seasons go, once', async () => {
  const asked = { anomalies: [], forecasts: { ...FORECASTS, requestsPerTask: 10 } };
  const { deps, calls } = aDetector([watched('payments', { detection: asked })], steady);
  await detect(['payments'], NOW, deps);
  await detect(['payments'], after(NOW, minutes(5)), deps);
  expect(calls.windows).toEqual([180, 5 * 1_440, 180]);
});

describe('a sample that is like none before', () => {
  const spike = (_: string, minute: number): number => (minute === 1_440 ? 5_000 : steady(_, minute));
  const look = async (detector: ReturnType<typeof aDetector>, minute: number) =>
    detect(['payments'], after(at(0), minutes(minute)), detector.deps);

  test('is sent once, however many looks see it', async () => {
    const detector = aDetector(
      [watched('payments', { detection: { anomalies: ['errorRate'], forecasts: null } })],
      spike,
    );
    for (let minute = 1_437; minute <= 1_450; minute += 1) await look(detector, minute);
    expect(detector.sent).toMatchObject([{ finding: 'anomaly', role: 'errorRate', since: '2026-11-22T05:30:00.000Z' }]);
  });

  test.each(['send', 'save'] as const)('is sent under the same id when a look died at %s', async (port) => {
    const detector = aDetector(
      [watched('payments', { detection: { anomalies: ['errorRate'], forecasts: null } })],
      spike,
    );
    await look(detector, 1_437);
    detector.fail(port);
    await expect(look(detector, 1_445)).rejects.toThrow(`${port} failed`);
    await look(detector, 1_445);
    expect(new Set(detector.sent.map(({ since }) => since)).size).toBe(1);
    expect(detector.sent).toHaveLength(port === 'save' ? 2 : 1);
    await look(detector, 1_446);
    expect(detector.sent).toHaveLength(port === 'save' ? 2 : 1);
  });

  test('a look that another one has overtaken changes nothing', async () => {
    const detector = aDetector(
      [watched('payments', { detection: { anomalies: ['errorRate'], forecasts: null } })],
      spike,
    );
    await look(detector, 1_437);
    const [, second] = await Promise.all([look(detector, 1_438), look(detector, 1_438)]);
    expect(second.overtaken).toEqual(['payments#errorRate']);
    expect(detector.memory.get('payments#errorRate')?.version).toBe(2);
  });
});

test('deployments that cannot be read are named, and the look goes on', async () => {
  const detector = aDetector([watched('payments')], steady);
  detector.fail('rollouts');
  const look = await detect(['payments'], NOW, detector.deps);
  expect(look.notSeen).toEqual([expect.stringMatching(/^deployments and running tasks: .*rollouts failed/)]);
  expect(look.metrics).toBe(3);
});

test('a metric that went silent is named', async () => {
  const ends = (name: string, minute: number): number | null => (minute > 1_430 ? null : steady(name, minute));
  const detector = aDetector([watched('payments', { detection: { anomalies: ['errorRate'], forecasts: null } })], ends);
  await detect(['payments'], after(at(0), minutes(1_432)), detector.deps);
  const look = await detect(['payments'], NOW, detector.deps);
  expect(look.silent).toEqual(['payments#errorRate']);
});
