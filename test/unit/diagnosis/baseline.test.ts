import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { BaselineSchema } from '../../../core/diagnosis/baseline-schema.ts';
import { learnBaseline, usual, usualOf } from '../../../core/diagnosis/baseline.ts';
import { tabulate } from '../../../core/diagnosis/telemetry.ts';

const upperMedian = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] as number;

describe('usualOf', () => {
  test('has the median and the median absolute deviation of the samples, whatever their order and gaps', () => {
    const sample = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constant(Number.NaN));
    fc.assert(
      fc.property(fc.array(sample, { minLength: 1, maxLength: 60 }), (values) => {
        const known = values.filter((value) => !Number.isNaN(value));
        fc.pre(known.length > 0);
        const learned = usualOf(Float64Array.from(values));
        const middle = learned?.median ?? Number.NaN;
        expect(known.filter((value) => value < middle).length).toBeLessThanOrEqual(known.length / 2);
        expect(known.filter((value) => value > middle).length).toBeLessThanOrEqual(known.length / 2);
        expect(learned?.deviation).toBeCloseTo(1.4826 * upperMedian(known.map((value) => Math.abs(value - middle))), 6);
        expect(learned?.samples).toBe(known.length);
      }),
    );
  });

  test('keeps the usual tail of a side that half of the samples do not show', () => {
    const rows = Float64Array.from({ length: 100 }, (_, row) => (row % 5 === 0 ? 98 : 100));
    expect(usualOf(rows)).toMatchObject({ median: 100, deviation: 0, above: 0, below: 2 / 1.2816 });
  });

  test('is undefined without a sample', () => {
    expect(usualOf(Float64Array.of(Number.NaN))).toBeUndefined();
  });
});

describe('a baseline', () => {
  const learned = learnBaseline(
    tabulate({
      t: [600, 0, 300],
      series: [
        { node: '__proto__', metric: 'latency', stat: 'Average', v: [3, 1, 2] },
        { node: 'web', metric: 'latency', stat: 'Average', v: null },
        { node: 'web', metric: 'requests', stat: 'Sum', v: [5, null, 7] },
        { node: 'web', metric: 'requests', stat: 'Sum', v: [9, 1, null] },
      ],
    }),
  );

  test('survives JSON and its schema, odd names included', () => {
    const stored = BaselineSchema.parse(JSON.parse(JSON.stringify(learned)));
    expect(usual(stored, 'web', 'requests/Sum')).toMatchObject({ median: 5, samples: 3 });
    expect(usual(learned, '__proto__', 'latency/Average')).toMatchObject({ median: 2 });
  });

  test('knows no column without samples and no node by accident', () => {
    expect(usual(learned, 'web', 'latency/Average')).toBeUndefined();
    expect(usual(learned, 'constructor', 'name')).toBeUndefined();
  });

  test('is refused when its version or a spread is not what it should be', () => {
    const one = { median: 1, deviation: 0, above: 0, below: 0, samples: 1 };
    const made = (version: number, deviation: number) => ({
      version,
      nodes: { web: { 'latency/Average': { ...one, deviation } } },
    });
    expect(BaselineSchema.safeParse(made(1, 0)).success).toBe(true);
    expect(BaselineSchema.safeParse(made(2, 0)).success).toBe(false);
    expect(BaselineSchema.safeParse(made(1, -1)).success).toBe(false);
  });
});
