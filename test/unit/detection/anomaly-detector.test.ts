import fc from 'fast-check';
import { AnomalyDetector, REPORT_THRESHOLD } from '../../../core/detection/anomaly-detector.ts';
import { InvalidInputError } from '../../../core/shared/errors.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { dailyWave, feed, randomFrom, scoresOf, timeOf } from './series.ts';

/** Two days to learn what a day looks like. */
const SETTLED = 600;

const reports = (scores: readonly number[], from = SETTLED): number[] =>
  scores.flatMap((score, i) => (i >= from && score >= REPORT_THRESHOLD ? [i] : []));

const wave = dailyWave(1_500);
const withSpike = wave.map((value, i) => (i === 1_400 ? 300 : value));

describe('what it reports', () => {
  test('a value far from anything seen, with a reason in words and numbers', () => {
    const observation = feed(new AnomalyDetector(), withSpike)[1_400];

    expect(observation?.state).toBe('scored');
    expect(observation?.score).toBeGreaterThan(0.8);
    const reason = observation?.state === 'scored' ? observation.reason : null;
    expect(reason?.text).toMatch(/x .* than 99\.5 % of earlier samples; usual at this hour [\d.]+ to [\d.]+, now 300$/);
    expect(reason?.usual.low).toBeGreaterThan(25);
    expect(reason?.usual.high).toBeLessThan(75);
    expect(reason?.views.map(({ evidence }) => evidence)).toEqual(
      reason?.views.map(({ evidence }) => evidence).toSorted((a, b) => b - a),
    );
  });

  test('a usual value at an unusual time of day', () => {
    const values = dailyWave(2_600);
    // the crest of the day stays away: 50 all afternoon is a usual value, but not then
    const afternoon = 8 * 288 + 40;
    for (let i = afternoon; i < values.length; i += 1) values[i] = 45;
    const found = feed(new AnomalyDetector(), values).find(
      ({ score }, i) => i >= afternoon && score >= REPORT_THRESHOLD,
    );

    expect(found).toMatchObject({
      reason: { views: expect.arrayContaining([expect.objectContaining({ gauge: 'daytime' })]) },
    });
  });

  test('a metric that never moved and then does', () => {
    const values = Array.from({ length: 400 }, (_, i) => (i < 300 ? 5 : 6));

    expect(reports(scoresOf(feed(new AnomalyDetector(), values)), 0)).toEqual([300]);
  });

  test('stays quiet on a constant metric and on a regular wave', () => {
    expect(reports(scoresOf(feed(new AnomalyDetector(), new Array<number>(2_000).fill(7))), 0)).toEqual([]);
    expect(reports(scoresOf(feed(new AnomalyDetector(), wave)))).toEqual([]);
  });

  test('says nothing about its first 50 samples', () => {
    const observations = feed(new AnomalyDetector(), [...dailyWave(49), 1e9, 1]);

    expect(observations.slice(0, 50).every(({ state }) => state === 'learning')).toBe(true);
    expect(observations[0]).toEqual({ state: 'learning', score: 0, samplesToGo: 49 });
    expect(observations[50]?.state).toBe('scored');
  });
});

describe('bursts', () => {
  test('are reported once while they last', () => {
    const shifted = wave.map((value, i) => (i >= 1_200 ? value + 400 : value));

    expect(reports(scoresOf(feed(new AnomalyDetector(), shifted)))).toEqual([1_200]);
  });

  test('are reported again when they get much worse', () => {
    const values = wave.map((value, i) => (i === 1_400 ? 85 : i === 1_410 ? 30_000 : value));

    expect(reports(scoresOf(feed(new AnomalyDetector(), values)))).toEqual([1_400, 1_410]);
  });
});

describe('scale and time', () => {
  test('unit, zero point and calendar day of a metric do not matter', () => {
    const plain = scoresOf(feed(new AnomalyDetector(), withSpike));
    const random = randomFrom(7);
    for (let round = 0; round < 3; round += 1) {
      const factor = 10 ** (8 * random() - 4);
      const offset = 100 * factor * (random() - 0.5);
      const moved = feed(
        new AnomalyDetector(),
        withSpike.map((value) => value * factor + offset),
        3 * 288,
      );
      for (const [i, score] of scoresOf(moved).entries()) expect(Math.abs(score - (plain[i] ?? 0))).toBeLessThan(0.01);
    }
  });

  test('a larger outlier never scores less', () => {
    const scoreOf = (outlier: number): number => {
      const detector = new AnomalyDetector();
      feed(detector, wave.slice(0, 800));
      const observation = detector.observe({ at: timeOf(800), value: outlier });
      return observation.state === 'scored' ? observation.evidence : Number.NaN;
    };
    const evidences = [80, 100, 150, 400, 5_000, 1e6].map(scoreOf);

    expect(evidences).toEqual(evidences.toSorted((a, b) => a - b));
  });

  test('accepts a clock that is set back and extreme values', () => {
    const detector = new AnomalyDetector();
    feed(detector, wave.slice(0, 100));

    expect(detector.observe({ at: timeOf(80), value: 50 }).state).toBe('scored');
    expect(detector.observe({ at: timeOf(101), value: 1.7e308 }).score).toBeGreaterThan(REPORT_THRESHOLD);
    expect(Number.isFinite(detector.observe({ at: timeOf(102), value: -1.7e308 }).score)).toBe(true);
  });

  test('refuses a value that is not finite, naming it', () => {
    expect(() => new AnomalyDetector().observe({ at: timeOf(0), value: Number.NaN })).toThrow(
      new RangeError("a sample's value must be a finite number, got NaN"),
    );
  });
});

describe('state', () => {
  const restored = (detector: AnomalyDetector): AnomalyDetector =>
    AnomalyDetector.restore(JSON.parse(JSON.stringify(detector.save())));

  test('saved and restored after every sample gives the same answers', () => {
    const value = fc.oneof(
      { weight: 5, arbitrary: fc.integer({ min: 0, max: 20 }) },
      { weight: 5, arbitrary: fc.double({ min: -1e3, max: 1e3, noNaN: true }) },
      { weight: 1, arbitrary: fc.double({ noNaN: true, noDefaultInfinity: true }) },
    );
    const step = fc.oneof(fc.constant(5), fc.integer({ min: -10, max: 200_000 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(step, value), { minLength: 80, maxLength: 160 }), (samples) => {
        const continuous = new AnomalyDetector();
        let interrupted = new AnomalyDetector();
        let minute = 0;
        for (const [stepMinutes, sample] of samples) {
          minute += stepMinutes;
          const at = epochMs(minute * 60_000);
          interrupted = restored(interrupted);
          expect(interrupted.observe({ at, value: sample })).toEqual(continuous.observe({ at, value: sample }));
        }
        expect(interrupted.save()).toEqual(continuous.save());
      }),
      { numRuns: 10 },
    );
  });

  test('stays below 40 KB after 100,000 samples of many magnitudes', () => {
    const detector = new AnomalyDetector();
    const random = randomFrom(3);
    let largest = 0;
    for (let i = 0; i < 100_000; i += 1) {
      // a constant keeps the search short; every 500th value is anything between 1e-12 and 1e12
      const value = i % 500 === 0 ? 10 ** (24 * random() - 12) : 7;
      detector.observe({ at: epochMs(Date.UTC(2026, 0, 1) + i * 299_993.7), value });
      if (i % 10_000 === 9_999) largest = Math.max(largest, JSON.stringify(detector.save()).length);
    }

    expect(largest).toBeLessThan(40_000);
  }, 120_000);

  test('that was not saved by a detector is refused, naming the field', () => {
    const state = new AnomalyDetector().save();

    expect(() => AnomalyDetector.restore({ ...state, seen: -1 })).toThrow(InvalidInputError);
    expect(() => AnomalyDetector.restore({ ...state, seen: -1 })).toThrow(/seen/);
    expect(() => AnomalyDetector.restore({ ...state, ring: { ...state.ring, values: 'AAA=' } })).toThrow(
      /ring\.values/,
    );
    expect(() => AnomalyDetector.restore({ ...state, histograms: [] })).toThrow(/histograms/);
    expect(() => AnomalyDetector.restore('{}')).toThrow(InvalidInputError);
  });
});

describe('missing data', () => {
  test('is a state of its own and teaches nothing', () => {
    const detector = new AnomalyDetector();
    feed(detector, wave.slice(0, 100));
    const before = detector.save();

    expect(detector.observe({ at: timeOf(100), value: null })).toEqual({ state: 'missing', score: 0 });
    expect(detector.save()).toEqual(before);
  });

  test('no samples for more than three usual steps is missing, not normal', () => {
    const detector = new AnomalyDetector();
    expect(detector.availability(timeOf(0))).toEqual({ state: 'unknown' });
    feed(detector, wave.slice(0, 100));

    expect(detector.availability(timeOf(99 + 3))).toEqual({ state: 'flowing', usualStepMinutes: 5 });
    expect(detector.availability(timeOf(99 + 4))).toEqual({ state: 'missing', usualStepMinutes: 5, silentMinutes: 20 });
  });

  test('is noticed while the detector still learns', () => {
    const detector = new AnomalyDetector();
    feed(detector, wave.slice(0, 10));

    expect(detector.availability(timeOf(20)).state).toBe('missing');
  });
});

describe('forgetting', () => {
  test('makes an old level new again, and the new one usual', () => {
    const shifted = wave.map((value, i) => (i >= 1_000 ? value + 400 : value));
    const remembering = new AnomalyDetector();
    feed(remembering, shifted);
    const forgetting = AnomalyDetector.restore(remembering.save());
    forgetting.forget({ before: timeOf(1_000) });

    const speaking = (detector: AnomalyDetector): readonly string[] => {
      const observation = detector.observe({ at: timeOf(1_500), value: 50 });
      return observation.state === 'scored' ? (observation.reason?.views.map(({ gauge }) => gauge) ?? []) : [];
    };
    expect(speaking(remembering)).not.toContain('value');
    expect(speaking(forgetting)).toContain('value');
  });

  test('everything starts the silence anew', () => {
    const detector = new AnomalyDetector();
    feed(detector, wave);
    detector.forget({ before: timeOf(2_000) });

    const observations = feed(detector, dailyWave(51, 9), 2_000);
    expect(observations[49]?.state).toBe('learning');
    expect(observations[50]?.state).toBe('scored');
  });

  test('nothing leaves the reports of a regular metric as they were: none', () => {
    const detector = new AnomalyDetector();
    feed(detector, wave.slice(0, 1_000));
    detector.forget({ before: epochMs(0) });

    expect(reports(scoresOf(feed(detector, wave.slice(1_000), 1_000)), 0)).toEqual([]);
  });
});
