import { describe, expect, test } from '@jest/globals';
import { analyze, baseline, type AnalyzeInput } from '../../../core/diagnosis/analyze.ts';
import { learnBaseline } from '../../../core/diagnosis/baseline.ts';
import { diagnose, type Diagnosis } from '../../../core/diagnosis/diagnose.ts';
import { tabulate } from '../../../core/diagnosis/telemetry.ts';
import { EDGES, fault, question, withSeries } from './shop-telemetry.ts';

const first = (input: AnalyzeInput): string | undefined => analyze(input)[0]?.node;

const full = ({ graph, target, normal, abnormal }: AnalyzeInput): Diagnosis =>
  diagnose({ graph, alarm: target, baseline: learnBaseline(tabulate(normal)), window: tabulate(abnormal) });

const withoutEdge = (input: AnalyzeInput, caller: string, callee: string): AnalyzeInput => ({
  ...input,
  graph: { ...input.graph, edges: EDGES.filter(([from, to]) => from !== caller || to !== callee) },
});

describe('names the root', () => {
  test.each(['web', 'payments', 'catalog', 'database', 'queue'])('%s when it is slow', (root) => {
    expect(first(question(fault(root, 0.1)))).toBe(root);
  });

  test.each(['web', 'payments', 'catalog', 'database', 'queue'])('%s when its calls fail', (root) => {
    expect(first(question(fault(root, 5), 'availability'))).toBe(root);
  });

  test('with metric, share and a reason in numbers', () => {
    const [cause] = analyze(question(fault('payments', 0.1)));
    expect(cause).toMatchObject({ node: 'payments', metric: 'latency' });
    expect(cause?.share).toBeGreaterThan(0.9);
    expect(cause?.reason).toMatch(
      /payments: latency \d+ ms where 1\d\d ms is usual .* of extra waiting .* at web: \d+ % of it/,
    );
  });

  test('both of two, the larger first', () => {
    const [payments, database] = [fault('payments', 0.1), fault('catalog', 0.06)];
    const web = (payments.web ?? []).map((value, row) => value + (database.web?.[row] ?? 0));
    expect(analyze(question({ ...payments, ...database, web })).map(({ node }) => node)).toEqual([
      'payments',
      'catalog',
    ]);
  });

  test('by a percentile when the average stays as it was', () => {
    const asked = question(fault('payments', 0.1));
    const tail = withSeries(asked, (series) => (series.metric === 'latency' ? { ...series, stat: 'p99' } : series));
    const both = withSeries(question({}), (series) => series);
    const merged: AnalyzeInput = {
      ...tail,
      target: { ...tail.target, stat: 'p99' },
      normal: { ...tail.normal, series: [...tail.normal.series, ...both.normal.series] },
      abnormal: { ...tail.abnormal, series: [...tail.abnormal.series, ...both.abnormal.series] },
    };
    expect(first(merged)).toBe('payments');
  });
});

describe('where telemetry is missing', () => {
  test.each(['web', 'payments', 'database'])('still finds payments when the calls of %s were never counted', (node) => {
    const asked = question(fault('payments', 0.1));
    expect(
      first(withSeries(asked, (series) => (series.node === node && series.metric === 'requests' ? undefined : series))),
    ).toBe('payments');
  });

  test('says that calls were estimated', () => {
    const asked = question(fault('payments', 0.1));
    const [cause] = analyze(
      withSeries(asked, (one) => (one.node === 'payments' && one.metric === 'requests' ? undefined : one)),
    );
    expect(cause?.reason).toContain('estimated');
  });

  test('finds the root without a single count', () => {
    expect(
      first(withSeries(question(fault('database', 0.1)), (one) => (one.metric === 'requests' ? undefined : one))),
    ).toBe('database');
  });

  test('infers the edge that tracing lost, and says so', () => {
    const diagnosis = full(withoutEdge(question(fault('payments', 0.1)), 'web', 'payments'));
    expect(diagnosis).toMatchObject({ answer: 'causes', causes: [{ node: 'payments', link: 'inferred' }] });
  });

  test('looks through a node that cannot be seen', () => {
    const asked = question(fault('database', 0.1));
    expect(first(withSeries(asked, (series) => (series.node === 'catalog' ? undefined : series)))).toBe('database');
  });

  test('survives lost rows, those of the alarmed node included', () => {
    const asked = question(fault('payments', 0.1));
    const lost = { web: 2, payments: 3 };
    const damaged = withSeries(asked, (series) => {
      const row = lost[series.node as keyof typeof lost];
      return row === undefined
        ? series
        : { ...series, v: series.v?.map((value, index) => (index === row ? null : value)) ?? null };
    });
    expect(first(damaged)).toBe('payments');
  });

  test('finds a root that has no history', () => {
    const asked = question(fault('payments', 0.1));
    expect(
      first({
        ...asked,
        normal: { ...asked.normal, series: asked.normal.series.filter(({ node }) => node !== 'payments') },
      }),
    ).toBe('payments');
  });
});

describe('refuses', () => {
  test('the consumer behind a queue, which nobody waits for, though it is slower than the root', () => {
    const slowWorker = { worker: [0, 1, 5, 4, 1.5] };
    const diagnosis = full(question({ ...fault('payments', 0.1), ...slowWorker }));
    expect(diagnosis).toMatchObject({ causes: [{ node: 'payments' }, { node: 'worker', link: 'async' }] });
  });

  test('the consumer alone, when only its own time grew', () => {
    const { web } = fault('web', 0.08);
    expect(first(question({ worker: [0, 1, 5, 4, 1.5], web: web ?? [] }))).toBe('web');
  });

  test('a client, which suffers and does not cause', () => {
    const extra = fault('catalog', 0.1);
    const causes = analyze(question({ ...extra, probe: extra.catalog ?? [] }));
    expect(causes.map(({ node }) => node)).toEqual(['catalog']);
  });

  test('a node that sat at another level before the fault', () => {
    const drifted = { ...fault('payments', 0.1), catalog: [0.3, 0.3, 0.3, 0.3, 0.3] };
    expect(analyze(question(drifted)).map(({ node }) => node)).toEqual(['payments']);
  });

  test('an alarm on a metric it does not understand, by name', () => {
    expect(() => analyze({ ...question({}), target: { node: 'web', metric: 'cpu' } })).toThrow(
      'alarm.metric is "cpu"; allowed are latency, availability',
    );
  });
});

describe('stays quiet', () => {
  test('when nothing happened', () => {
    expect(analyze(question({}))).toEqual([]);
    expect(analyze(question({}, 'availability'))).toEqual([]);
  });

  test('when the alarmed node is within its spread, and says so', () => {
    const diagnosis = full(question({ payments: [0, 0.1, 0.5, 0.4, 0.1] }));
    expect(diagnosis).toMatchObject({ answer: 'none', reason: expect.stringContaining('an answer needs 2.5') });
  });

  test('when no deviating node covers enough of the excess', () => {
    expect(full(question({ web: [0, 0.005, 0.03, 0.025, 0.01] }))).toMatchObject({
      answer: 'none',
      reason: expect.stringContaining('covers 30 %'),
    });
  });

  test('when the alarmed node has no samples, and says so', () => {
    const blind = withSeries(question(fault('payments', 0.1)), (series) =>
      series.node === 'web' ? undefined : series,
    );
    expect(full(blind)).toMatchObject({ answer: 'none', reason: expect.stringContaining('no latency samples') });
  });

  test('when there is nothing to read at all', () => {
    const empty = { t: [], series: [] };
    expect(
      analyze({
        graph: { nodes: [], edges: [] },
        target: { node: 'web', metric: 'latency' },
        normal: empty,
        abnormal: empty,
      }),
    ).toEqual([]);
  });
});

test('a stored baseline gives the same answer as the period it was learned from', () => {
  const asked = question(fault('database', 0.1));
  const stored = JSON.parse(JSON.stringify(baseline(asked.normal))) as ReturnType<typeof baseline>;
  expect(analyze({ ...asked, normal: { t: [], series: [] }, baseline: stored })).toEqual(analyze(asked));
});
