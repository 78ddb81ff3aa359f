import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { analyze, type AnalyzeInput } from '../../../core/diagnosis/analyze.ts';
import type { Series, Telemetry } from '../../../core/diagnosis/telemetry.ts';
import { shuffles, type Shuffle } from '../../support/shuffles.ts';
import { EDGES, fault, question, SHOP, withSeries } from './shop-telemetry.ts';

const asked = fc
  .record({
    root: fc.constantFrom('web', 'payments', 'catalog', 'database', 'queue'),
    size: fc.double({ min: 0.02, max: 0.5, noNaN: true }),
    metric: fc.constantFrom('latency' as const, 'availability' as const),
    second: fc.constantFrom('worker', 'catalog', 'queue'),
    noise: fc.double({ min: 0, max: 0.05, noNaN: true }),
  })
  .map(({ root, size, metric, second, noise }) => {
    const extra = fault(root, metric === 'latency' ? size : 20 * size);
    return question({ [second]: [0, noise, 0, noise, noise], ...extra }, metric);
  });

/** The same with edges and call counts missing, where links and counts have to be inferred. */
const damaged = fc
  .record({
    input: asked,
    edges: fc.subarray([...EDGES]),
    uncounted: fc.subarray(Object.keys(SHOP)),
  })
  .map(({ input, edges, uncounted }) =>
    withSeries({ ...input, graph: { ...input.graph, edges } }, (one) =>
      one.metric === 'requests' && uncounted.includes(one.node) ? undefined : one,
    ),
  );

const shuffledRows = (telemetry: Telemetry, shuffle: Shuffle): Telemetry => {
  const order = shuffle(telemetry.t.map((_, row) => row));
  const pick = <T>(values: readonly T[]): T[] => order.map((row) => values[row] as T);
  return {
    t: pick(telemetry.t),
    series: shuffle(telemetry.series).map((one) => ({ ...one, v: one.v === null ? null : pick(one.v) })),
  };
};

const shuffledInput = (input: AnalyzeInput, shuffle: Shuffle): AnalyzeInput => ({
  ...input,
  graph: { ...input.graph, nodes: shuffle(input.graph.nodes), edges: shuffle(input.graph.edges) },
  normal: shuffledRows(input.normal, shuffle),
  abnormal: shuffledRows(input.abnormal, shuffle),
});

test('the order of nodes, edges, series and rows does not matter, whatever has to be inferred', () => {
  fc.assert(
    fc.property(fc.oneof(asked, damaged), shuffles, (input, shuffle) => {
      expect(analyze(shuffledInput(input, shuffle))).toEqual(analyze(input));
    }),
  );
});

test('the names of nodes do not matter', () => {
  fc.assert(
    fc.property(asked, shuffles, (input, shuffle) => {
      const labels = shuffle(Object.keys(SHOP).map((_, index) => `svc-${index}`));
      const names = new Map(Object.keys(SHOP).map((node, index) => [node, labels[index] as string]));
      const name = (node: string): string => names.get(node) as string;
      const renamed = withSeries(input, (series) => ({ ...series, node: name(series.node) }));
      const kinds = Object.entries(input.graph.kinds ?? {}).map(([node, kind]) => [name(node), kind] as const);
      const answer = analyze({
        ...renamed,
        graph: {
          nodes: input.graph.nodes.map(name),
          edges: input.graph.edges.map(([from, to]) => [name(from), name(to)] as const),
          kinds: Object.fromEntries(kinds),
        },
        target: { ...input.target, node: name(input.target.node) },
      });
      const ranking = (entries: ReturnType<typeof analyze>) =>
        entries.map(({ node, score }) => [node, score.toFixed(6)]);
      expect(ranking(answer)).toEqual(ranking(analyze(input).map((entry) => ({ ...entry, node: name(entry.node) }))));
    }),
  );
});

test('the unit of latency does not matter', () => {
  fc.assert(
    fc.property(asked, fc.constantFrom(0.001, 60, 1000), (input, factor) => {
      const scaled = withSeries(input, (one) =>
        one.metric === 'latency'
          ? { ...one, v: one.v?.map((value) => (value === null ? null : value * factor)) ?? null }
          : one,
      );
      expect(analyze(scaled).map(({ node }) => node)).toEqual(analyze(input).map(({ node }) => node));
    }),
  );
});

test('a constant part of latency does not matter to who is first', () => {
  fc.assert(
    fc.property(asked, fc.double({ min: 0, max: 0.05, noNaN: true }), (input, offset) => {
      const moved = withSeries(input, (one) =>
        one.metric === 'latency'
          ? { ...one, v: one.v?.map((value) => (value === null ? null : value + offset)) ?? null }
          : one,
      );
      // An offset makes the same excess a smaller part of the latency, so it may fall below a gate, but it may not accuse another.
      const first = analyze(input)[0]?.node;
      expect([first, undefined]).toContain(analyze(moved)[0]?.node);
    }),
  );
});

test('adding an unrelated healthy node does not change the ranking', () => {
  const values = (rows: number): fc.Arbitrary<number[]> =>
    fc.array(fc.double({ min: 0.09, max: 0.11, noNaN: true }), { minLength: rows, maxLength: rows });
  fc.assert(
    fc.property(
      asked,
      values(40),
      fc.nat({ max: 5000 }),
      fc.constantFrom(undefined, 'web'),
      (input, seconds, calls, caller) => {
        const healthy = (telemetry: Telemetry): Series[] => [
          {
            node: 'healthy',
            metric: 'latency',
            stat: 'Average',
            v: seconds.slice(0, telemetry.t.length).map(() => 0.1),
          },
          { node: 'healthy', metric: 'availability', stat: 'Average', v: telemetry.t.map(() => 100) },
          { node: 'healthy', metric: 'requests', stat: 'Sum', v: telemetry.t.map(() => calls) },
        ];
        const added: AnalyzeInput = {
          ...input,
          graph: {
            ...input.graph,
            nodes: ['healthy', ...input.graph.nodes],
            edges: caller === undefined ? input.graph.edges : [[caller, 'healthy'], ...input.graph.edges],
          },
          normal: { ...input.normal, series: [...healthy(input.normal), ...input.normal.series] },
          abnormal: { ...input.abnormal, series: [...healthy(input.abnormal), ...input.abnormal.series] },
        };
        expect(analyze(added)).toEqual(analyze(input));
      },
    ),
  );
});

test('whatever is missing, it answers or stays quiet, and shares stay between 0 and 1', () => {
  fc.assert(
    fc.property(
      asked,
      fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      (input, dice, loss) => {
        const lost = (): boolean => (dice.next().value as number) < loss;
        const damaged = withSeries(input, (one) =>
          lost() && lost()
            ? undefined
            : { ...one, v: lost() && lost() ? null : (one.v?.map((value) => (lost() ? null : value)) ?? null) },
        );
        const answer = analyze({
          ...damaged,
          graph: { ...damaged.graph, edges: damaged.graph.edges.filter(() => !lost()) },
        });
        for (const { share, score } of answer) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1 + 1e-9);
          expect(score).toBeLessThanOrEqual(share);
        }
      },
    ),
  );
});
