import fc from 'fast-check';
import { toIssueScore } from '../../../core/detection/issue-score.ts';
import { daytimeDistance, discords, nearestValueDistance, sameTimeOfDay } from '../../../core/detection/novelty.ts';
import { RING_CAPACITY, SampleRing } from '../../../core/detection/sample-ring.ts';
import { HISTOGRAM_CAP, TailHistogram } from '../../../core/detection/tail-histogram.ts';
import { randomFrom } from './series.ts';

const ringOf = (values: readonly number[], stepMinutes = 5): SampleRing => {
  const ring = new SampleRing();
  for (const [i, value] of values.entries()) ring.push(value, i * stepMinutes);
  return ring;
};

const float = fc.float({ min: -100, max: 100, noNaN: true });

describe('SampleRing', () => {
  test('finds the nearest kept value, as looking at all of them does', () => {
    fc.assert(
      fc.property(fc.array(float, { minLength: 1 }), float, (values, value) => {
        const nearest = Math.min(...values.map((kept) => Math.abs(kept - value)));
        expect(nearestValueDistance(ringOf(values), value)).toBe(nearest);
      }),
    );
  });

  test('drops the oldest value when full, from both orders', () => {
    const values = Array.from({ length: RING_CAPACITY + 10 }, (_, i) => (i * 7_919) % 1_000);
    const ring = ringOf(values);

    expect([...ring.values]).toEqual(values.slice(10));
    expect([...ring.sorted]).toEqual(values.slice(10).toSorted((a, b) => a - b));
  });

  test('keeps the time of day over a gap of years, and over saving', () => {
    const ring = new SampleRing();
    ring.push(1, 600);
    ring.push(2, 600 + 1_440 * 900 + 60);
    const restored = new SampleRing(ring.state);

    expect([...restored.minutes]).toEqual([...ring.minutes]);
    const [before = 0, after = 0] = ring.minutes;
    expect((after - before) % 1_440).toBe(60);
  });
});

describe('novelty', () => {
  const bruteForce = (values: readonly number[], value: number, length: number): number => {
    const all = [...values, value];
    const recent = all.slice(-length);
    const differences: number[] = [];
    for (let start = 0; start + 2 * length <= all.length; start += 1) {
      differences.push(Math.max(...recent.map((x, i) => Math.abs(x - (all[start + i] ?? 0)))));
    }
    return differences.length === 0 ? 0 : Math.min(...differences);
  };

  /** Mostly small, now and then far out. */
  const sample = fc.oneof(
    { weight: 9, arbitrary: fc.integer({ min: 0, max: 9 }) },
    { weight: 1, arbitrary: fc.integer({ min: 50, max: 60 }) },
  );

  test('a discord is the distance to the most similar earlier stretch', () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 3, maxLength: 120 }), (values) => {
        const expected = [4, 8, 16, 32].map((length) => bruteForce(values, 5, length));
        expect(discords(ringOf(values), 5)).toEqual(expected);
      }),
    );
  });

  test('the same time of day is within two hours of it, a day ago or more', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 3_000 }), { maxLength: 60 }), fc.nat(1_440), (steps, last) => {
        const ring = new SampleRing();
        const minutes = steps.map(
          (
            (sum) => (step) =>
              (sum += step)
          )(0),
        );
        minutes.forEach((minute, index) => ring.push(index, minute));
        const now = (minutes.at(-1) ?? 0) + last;
        const isSameTime = (age: number): boolean => age >= 1_320 && (age % 1_440 <= 120 || age % 1_440 >= 1_320);
        const expected = minutes.flatMap((minute, index) => (isSameTime(now - minute) ? [index] : []));
        expect([...sameTimeOfDay(ring, now)]).toEqual(expected);
      }),
    );
  });

  test('the time of day compares with earlier days only, within two hours', () => {
    const ring = new SampleRing();
    ring.push(10, 12 * 60); // noon
    ring.push(50, 15 * 60); // three in the afternoon
    expect(daytimeDistance(ring, 40, 16 * 60)).toBeNull();
    expect(daytimeDistance(ring, 40, 24 * 60 + 12 * 60)).toBe(30);
    expect(daytimeDistance(ring, 40, 24 * 60 + 14 * 60)).toBe(10);
    expect(daytimeDistance(ring, 40, 24 * 60 + 20 * 60)).toBeNull();
  });
});

describe('TailHistogram', () => {
  const filled = (scores: readonly number[]): TailHistogram => {
    const histogram = new TailHistogram();
    for (const score of scores) histogram.add(score);
    return histogram;
  };
  const pareto = (samples: number): number[] => {
    const random = randomFrom(11);
    return Array.from({ length: samples }, () => (1 - random()) ** -0.5);
  };

  test('a larger score is never less surprising', () => {
    const score = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(fc.array(score, { minLength: 1, maxLength: 200 }), score, score, (scores, a, b) => {
        const histogram = filled(scores);
        expect(histogram.surprise(Math.max(a, b))).toBeGreaterThanOrEqual(histogram.surprise(Math.min(a, b)) - 1e-9);
      }),
    );
  });

  test('surprise is the logarithm of how rare a score is, beyond the largest seen as well', () => {
    const histogram = filled(pareto(10_000));
    // the share above x is x^-2
    for (const x of [2, 5, 20, 200]) expect(histogram.surprise(x) / (2 * Math.log(x))).toBeCloseTo(1, 0);
  });

  test('the unit of the scores does not matter', () => {
    const scores = pareto(2_000);
    const surprise = filled(scores).surprise(30);

    expect(filled(scores.map((score) => score * 1e-5)).surprise(30e-5)).toBeCloseTo(surprise, 1);
  });

  test('counts stay bounded and old ones fade', () => {
    const histogram = filled(pareto(5 * HISTOGRAM_CAP));

    expect(histogram.total).toBeLessThan(HISTOGRAM_CAP);
  });

  test('one absurd score does not blind it', () => {
    const histogram = filled([...pareto(1_000), 1e30, ...pareto(1_000)]);

    expect(histogram.surprise(1e3)).toBeGreaterThan(histogram.surprise(10) + 2);
  });
});

describe('toIssueScore', () => {
  test('the shipped threshold is the issue threshold of prod, and 0 and 1 are the ends', () => {
    expect([0, 0.3, 0.5, 1].map(toIssueScore)).toEqual([0, 30, 50, 100]);
  });

  test('refuses what is not a score', () => {
    expect(() => toIssueScore(1.2)).toThrow(new RangeError('a score must be in [0, 1], got 1.2'));
  });
});
