/** Metric names a diagnosis understands: seconds, percent of calls that succeeded, calls per row. */
export type MetricName = 'latency' | 'availability' | 'requests';

/** One column of telemetry: `v[i]` belongs to row `i` of the block; null is "no sample", which is not zero. */
export interface Series {
  readonly node: string;
  readonly metric: string;
  /** CloudWatch statistic: `Average`, `p50` ... `p99`, `Sum`. */
  readonly stat: string;
  readonly v: readonly (number | null)[] | null;
}

/** A block of rows: `t[i]` is the unix second at which row `i` starts. Rows and series may come in any order. */
export interface Telemetry {
  readonly t: readonly number[];
  readonly series: readonly Series[];
}

/** Who calls whom. `edges` are `[caller, callee]`: a fault travels from callee to caller. */
export interface ServiceGraph {
  readonly nodes: readonly string[];
  readonly edges: readonly (readonly [string, string])[];
  /** X-Ray type per node, for instance `AWS::SQS::Queue`; may be incomplete. */
  readonly kinds?: Readonly<Record<string, string>> | undefined;
}

/**
 * What raised the question. `timestamp` is in unix seconds: the onset where it is known, else the alarm's trigger. The last row before it is
 * taken as free of the fault, so an alarm that needs several bad periods should pass the start of the first.
 */
export interface Alarm {
  readonly node: string;
  readonly metric: string;
  readonly stat?: string | undefined;
  readonly timestamp?: number | null | undefined;
}

/** Values of one node by row in time order; NaN where there was no sample. */
export type Rows = Float64Array;

/** Telemetry with rows in time order, found by node and column. */
export interface Table {
  readonly times: readonly number[];
  readonly columns: ReadonlyMap<string, ReadonlyMap<string, Rows>>;
}

/** Key of a column within a node. */
export const columnKey = (metric: string, stat: string): string => `${metric}/${stat}`;

/** The column that holds call counts. */
export const REQUESTS = columnKey('requests', 'Sum');

const isSample = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

/** Order of rows by time; undefined when they are in order already, which is the usual case. */
const timeOrder = (times: readonly number[]): readonly number[] | undefined => {
  for (let i = 1; i < times.length; i += 1) {
    if ((times[i] as number) < (times[i - 1] as number)) {
      return times.map((_, index) => index).sort((a, b) => (times[a] as number) - (times[b] as number));
    }
  }
  return undefined;
};

const readRows = (series: Series, length: number, order: readonly number[] | undefined): Rows => {
  const rows = new Float64Array(length).fill(Number.NaN);
  const values = series.v ?? [];
  for (let i = 0; i < length; i += 1) {
    const value = values[order === undefined ? i : (order[i] as number)];
    if (isSample(value)) rows[i] = value;
  }
  return rows;
};

/**
 * Pivots telemetry to rows by node and column, keeping only the columns that `wanted` names.
 *
 * A column sent twice fills the gaps of the other copy; where both have a sample the smaller one stands, so that the order of
 * arrival does not matter.
 */
export const tabulate = (telemetry: Telemetry, wanted: (column: string) => boolean = () => true): Table => {
  const order = timeOrder(telemetry.t);
  const times = order === undefined ? telemetry.t : order.map((index) => telemetry.t[index] as number);
  const columns = new Map<string, Map<string, Rows>>();
  for (const series of telemetry.series) {
    const key = columnKey(series.metric, series.stat);
    if (!wanted(key)) continue;
    const rows = readRows(series, times.length, order);
    const ofNode = columns.get(series.node) ?? new Map<string, Rows>();
    columns.set(series.node, ofNode);
    const earlier = ofNode.get(key);
    ofNode.set(key, earlier === undefined ? rows : merge(earlier, rows));
  }
  return { times, columns };
};

const merge = (a: Rows, b: Rows): Rows =>
  a.map((value, i) =>
    Number.isNaN(value) ? (b[i] as number) : Number.isNaN(b[i]) ? value : Math.min(value, b[i] as number),
  );
