import type { AnalyzeInput } from '../../../core/diagnosis/analyze.ts';
import type { Series, Telemetry } from '../../../core/diagnosis/telemetry.ts';

/** One node of the made-up shop: what it usually does. */
export interface ShopNode {
  readonly seconds: number;
  readonly calls: number;
  readonly kind?: string;
}

/** web waits for payments and catalog; both wait for the database; web sends to a queue that a worker reads. */
export const SHOP: Readonly<Record<string, ShopNode>> = {
  web: { seconds: 0.2, calls: 1000 },
  payments: { seconds: 0.12, calls: 300 },
  catalog: { seconds: 0.08, calls: 800 },
  database: { seconds: 0.03, calls: 1100 },
  queue: { seconds: 0.01, calls: 250, kind: 'AWS::SQS::Queue' },
  worker: { seconds: 0.5, calls: 250 },
  probe: { seconds: 0.05, calls: 50, kind: 'client' },
};

export const EDGES: readonly (readonly [string, string])[] = [
  ['web', 'payments'],
  ['web', 'catalog'],
  ['web', 'queue'],
  ['payments', 'database'],
  ['catalog', 'database'],
  ['queue', 'worker'],
  ['probe', 'catalog'],
];

/** Extra per call by node and row of the window: seconds, or percent of calls that fail. */
export type Extra = Readonly<Record<string, readonly number[]>>;

const PERIOD = 300;
const NORMAL_ROWS = 40;
/** Row 0 ended before the trigger, row 1 holds it. */
const WINDOW_ROWS = 5;

/** A wobble of at most one unit either way that differs by node and row and is the same in every run. */
const wobble = (seed: number, row: number): number => Math.sin(seed * 12.9898 + row * 78.233);

const seriesOf = (
  node: string,
  seed: number,
  rows: number,
  firstRow: number,
  metric: string,
  extra: readonly number[] = [],
): Series[] => {
  const { seconds, calls } = SHOP[node] as ShopNode;
  const by = (value: (row: number) => number): number[] => Array.from({ length: rows }, (_, row) => value(row));
  const failing = metric === 'availability' ? extra : [];
  const slow = metric === 'latency' ? extra : [];
  return [
    {
      node,
      metric: 'latency',
      stat: 'Average',
      v: by((row) => seconds * (1 + 0.03 * wobble(seed, firstRow + row)) + (slow[row] ?? 0)),
    },
    { node, metric: 'availability', stat: 'Average', v: by((row) => 100 - (failing[row] ?? 0)) },
    { node, metric: 'requests', stat: 'Sum', v: by(() => calls) },
  ];
};

const block = (start: number, rows: number, metric: string, extra: Extra): Telemetry => ({
  t: Array.from({ length: rows }, (_, row) => start + row * PERIOD),
  series: Object.keys(SHOP).flatMap((node, index) =>
    seriesOf(node, index + 1, rows, start / PERIOD, metric, extra[node]),
  ),
});

/** The question an alarm on `web` raises when the nodes spend the given extra. */
export const question = (extra: Extra, metric: 'latency' | 'availability' = 'latency'): AnalyzeInput => {
  const start = NORMAL_ROWS * PERIOD;
  return {
    graph: {
      nodes: Object.keys(SHOP),
      edges: EDGES,
      kinds: Object.fromEntries(Object.entries(SHOP).map(([node, { kind }]) => [node, kind ?? 'service'])),
    },
    target: { node: 'web', metric, stat: 'Average', timestamp: start + 1.5 * PERIOD },
    normal: block(0, NORMAL_ROWS, metric, {}),
    abnormal: block(start, WINDOW_ROWS, metric, extra),
  };
};

/** Extra of a fault at `root` and of everybody who waits for it, with the calls of the shop. */
export const fault = (root: string, extraAtWeb: number): Extra => {
  const shape = [0, 0.2, 1, 0.8, 0.3];
  const waiting: Readonly<Record<string, Readonly<Record<string, number>>>> = {
    web: { web: 1 },
    payments: { payments: 1, web: 1 },
    catalog: { catalog: 1, web: 1 },
    queue: { queue: 1, web: 1 },
    database: { database: 1, payments: 300 / 1100, catalog: 800 / 1100, web: 1 },
  };
  const calls = (node: string): number => (SHOP[node] as ShopNode).calls;
  return Object.fromEntries(
    Object.entries(waiting[root] ?? {}).map(([node, share]) => [
      node,
      shape.map((size) => (size * extraAtWeb * share * calls('web')) / calls(node)),
    ]),
  );
};

/** Changes or drops (undefined) series of both blocks. */
export const withSeries = (input: AnalyzeInput, change: (series: Series) => Series | undefined): AnalyzeInput => {
  const apply = (telemetry: Telemetry): Telemetry => ({
    ...telemetry,
    series: telemetry.series.flatMap((one) => change(one) ?? []),
  });
  return { ...input, normal: apply(input.normal), abnormal: apply(input.abnormal) };
};
