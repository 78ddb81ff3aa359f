import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import {
  lookAtMetric,
  type MetricLook,
  type MetricWatch,
  MetricWatchSchema,
  NEW_WATCH,
} from '../../../core/detection/metric-watch.ts';
import type { Finding } from '../../../core/incident/finding.ts';
import type { Sample } from '../../../core/shared/ports.ts';
import { after, minutes } from '../../../core/shared/units.ts';
import { at } from '../../support/builders.ts';

const FORECASTS = { horizonSeconds: 3_600, seasonSeconds: 86_400, requestsPerTask: null };
const noise = (minute: number): number => {
  const hash = Math.sin(minute * 12.9898) * 43_758.5453;
  return 6 * (hash - Math.floor(hash));
};
const minutely = (count: number, value: (minute: number) => number, from = 0): Sample[] =>
  Array.from({ length: count }, (_, i) => ({ at: at((from + i) * 60), value: value(from + i) }));
const aLook = (samples: readonly Sample[], changes: Partial<MetricLook> = {}): MetricLook => ({
  workloadId: 'payments',
  role: 'latencyP95',
  periodSeconds: 60,
  samples,
  anomalies: true,
  forecasts: null,
  deployedAt: null,
  running: 2,
  now: after(samples.at(-1)?.at ?? at(0), minutes(2)),
  ...changes,
});
const calm = (minute: number): number => 120 + noise(minute);
const learned = lookAtMetric(NEW_WATCH, aLook(minutely(300, calm))).watch;

describe('an anomaly', () => {
  const spike = minutely(1, () => 900, 300);

  test('is found once, with its severity and its reason in words', () => {
    const { findings } = lookAtMetric(learned, aLook(spike));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      finding: 'anomaly',
      workloadId: 'payments',
      role: 'latencyP95',
      since: expect.any(String),
    });
    expect(findings[0]?.severity).toBeGreaterThanOrEqual(50);
    expect(findings[0]?.summary).toMatch(/^latencyP95 is unlike before: .*now 900$/);
  });

  test('is not found in what goes on as before', () => {
    expect(lookAtMetric(learned, aLook(minutely(200, calm, 300))).findings).toEqual([]);
  });

  test('is found again under the same id when a look is repeated, and not when its memory was kept', () => {
    const first = lookAtMetric(learned, aLook(spike));
    expect(lookAtMetric(learned, aLook(spike))).toEqual(first);
    expect(lookAtMetric(first.watch, aLook(spike))).toMatchObject({ findings: [], watch: first.watch });
  });

  test('no sample counts twice, in whatever overlapping portions samples come', () => {
    const samples = [...minutely(80, calm), ...minutely(1, () => 900, 80), ...minutely(40, calm, 81)];
    const begun = lookAtMetric(NEW_WATCH, aLook(samples.slice(0, 30))).watch;
    const whole = lookAtMetric(begun, aLook(samples));
    expect(whole.findings.map(({ since }) => since)).toContain('2026-11-21T06:50:00.000Z');
    const bound = fc.integer({ min: 1, max: samples.length });
    fc.assert(
      fc.property(fc.array(bound, { maxLength: 8 }), fc.nat({ max: 60 }), (cuts, overlap) => {
        let watch: MetricWatch = begun;
        const findings: Finding[] = [];
        for (const end of [...cuts.toSorted((a, b) => a - b), samples.length]) {
          const look = lookAtMetric(watch, aLook(samples.slice(Math.max(0, end - 90 - overlap), end)));
          // a window that is too short loses samples; these portions are never that far apart
          watch = look.watch;
          findings.push(...look.findings);
        }
        fc.pre(cuts.some((cut) => cut > 40 && cut < 90));
        expect(findings).toEqual(whole.findings);
        expect(watch).toEqual(whole.watch);
      }),
      { numRuns: 8 },
    );
  });

  test('old values are forgotten after a deployment, but not what others ask of the service', () => {
    const before = lookAtMetric(learned, aLook(minutely(5, calm, 300), { deployedAt: at(0) })).watch;
    const deployed = aLook(
      minutely(1, () => 900, 306),
      { deployedAt: at(305 * 60) },
    );
    expect(lookAtMetric(before, deployed).findings).toEqual([]);
    expect(lookAtMetric(before, { ...deployed, role: 'requestCount' }).findings).toHaveLength(1);
    expect(lookAtMetric(before, { ...deployed, deployedAt: at(0) }).findings).toHaveLength(1);
  });

  test('a level that stays is accepted after a hundred samples: then the old one is the anomaly', () => {
    const shifted = (minute: number): number => 900 + noise(minute);
    const { watch, findings } = lookAtMetric(learned, aLook(minutely(99, shifted, 300)));
    expect(findings.length).toBeGreaterThanOrEqual(1);
    expect(watch.shift).not.toBeNull();
    const accepted = lookAtMetric(watch, aLook(minutely(160, shifted, 399)));
    expect(accepted.watch.shift).toBeNull();
    expect(accepted.findings).toEqual([]);
    expect(lookAtMetric(accepted.watch, aLook(minutely(1, calm, 559))).findings).toHaveLength(1);
  });

  test('a level that goes away is not accepted', () => {
    const short = lookAtMetric(learned, aLook(minutely(10, (minute) => 900 + noise(minute), 300))).watch;
    const back = lookAtMetric(short, aLook(minutely(200, calm, 310)));
    expect(back.watch.shift).toBeNull();
    expect(lookAtMetric(back.watch, aLook(minutely(1, () => 900, 510))).watch.detector?.seen).toBeGreaterThan(400);
  });

  test.each([
    ['of another version', { version: 2 }],
    ['no object', 7],
  ])('a memory that is %s is refused', (_, detector) => {
    expect(MetricWatchSchema.safeParse(learned).success).toBe(true);
    expect(MetricWatchSchema.safeParse({ ...learned, detector }).success).toBe(false);
  });

  test('missing samples are a state of their own', () => {
    expect(lookAtMetric(learned, aLook([], { now: at(300 * 60) })).availability).toMatchObject({ state: 'flowing' });
    expect(lookAtMetric(learned, aLook([], { now: at(330 * 60) })).availability).toMatchObject({ state: 'missing' });
  });
});

describe('a forecast', () => {
  const leak = (minute: number): number => 30 + 1.5 * minute;
  const memory = (count: number) =>
    aLook(minutely(count, leak), { role: 'memoryUtilization', anomalies: false, forecasts: FORECASTS });

  test('is announced once, with what is foreseen', () => {
    const first = lookAtMetric(NEW_WATCH, memory(25));
    expect(first.findings).toMatchObject([{ finding: 'forecast', forecast: { kind: 'exhaustion', limit: 100 } }]);
    expect(lookAtMetric(first.watch, memory(30)).findings).toEqual([]);
  });

  test('has the same id when a look is repeated', () => {
    expect(lookAtMetric(NEW_WATCH, memory(25))).toEqual(lookAtMetric(NEW_WATCH, memory(25)));
  });

  test('is announced anew after it was gone', () => {
    const { watch } = lookAtMetric(NEW_WATCH, memory(25));
    const healed = { ...memory(25), samples: [...minutely(25, leak), ...minutely(30, () => 31, 25)] };
    const calmed = lookAtMetric(watch, healed);
    expect(calmed.watch.announcedAt).toBeNull();
    const again = [...healed.samples, ...minutely(25, (minute) => 31 + 1.5 * (minute - 55), 55)];
    expect(lookAtMetric(calmed.watch, { ...healed, samples: again }).findings).toHaveLength(1);
  });

  test('is not made for who did not ask', () => {
    expect(lookAtMetric(NEW_WATCH, { ...memory(25), forecasts: null }).findings).toEqual([]);
  });
});

test('what is remembered of a metric fits in 40 KB, whatever was measured', () => {
  let seed = 7;
  const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
  const samples = minutely(4_500, () => random() * 10 ** (random() * 12 - 6));
  const { watch } = lookAtMetric(
    NEW_WATCH,
    aLook(samples, { role: 'requestCount', forecasts: { ...FORECASTS, requestsPerTask: 1e12 } }),
  );
  expect(watch.demand).not.toBeNull();
  expect(gzipSync(JSON.stringify(watch)).byteLength).toBeLessThan(40_000);
});
