import type { Rows, Table } from './telemetry.ts';

/** What a column usually is. Plain numbers, so that it can be stored as JSON and reused until the workload changes. */
export interface Usual {
  readonly median: number;
  /** Standard deviation by the median absolute deviation, which half of the samples may exceed without changing it. */
  readonly deviation: number;
  /** Robust standard deviation towards higher values, in the unit of the column. */
  readonly above: number;
  /** The same towards lower values. */
  readonly below: number;
  /** Samples it was learned from. */
  readonly samples: number;
}

/** Usual behaviour by node and column (`columnKey`), learned from a period without faults. */
export interface Baseline {
  readonly version: 1;
  readonly nodes: Readonly<Record<string, Readonly<Record<string, Usual>>>>;
}

/** Median absolute deviation to standard deviation, for a normal distribution. */
const MAD_TO_SIGMA = 1.4826;
/** Distance of the 90 % quantile from the median, in standard deviations of a normal distribution. */
const P90_SIGMAS = 1.2816;

const quantile = (sorted: Float64Array, share: number): number => {
  const position = share * (sorted.length - 1);
  const low = Math.floor(position);
  const high = Math.ceil(position);
  return (sorted[low] as number) + ((sorted[high] as number) - (sorted[low] as number)) * (position - low);
};

/** The samples that exist, ascending. */
const sortedSamples = (rows: Rows): Float64Array => {
  const samples = new Float64Array(rows.length);
  let count = 0;
  for (const value of rows) {
    if (Number.isNaN(value)) continue;
    samples[count] = value;
    count += 1;
  }
  return samples.subarray(0, count).sort();
};

/**
 * Median absolute deviation of sorted values, in one walk outward from the median instead of a second sort: learning a baseline is what a
 * cold analysis spends its time on.
 */
const medianDeviation = (sorted: Float64Array, middle: number): number => {
  let low = (sorted.length - 1) >> 1;
  let high = low + 1;
  let deviation = 0;
  for (let taken = 0; taken <= sorted.length >> 1; taken += 1) {
    const below = low >= 0 ? middle - (sorted[low] as number) : Number.POSITIVE_INFINITY;
    const above = high < sorted.length ? (sorted[high] as number) - middle : Number.POSITIVE_INFINITY;
    deviation = Math.min(below, above);
    if (below <= above) low -= 1;
    else high += 1;
  }
  return deviation;
};

/**
 * Median and one-sided robust spread of the samples that exist.
 *
 * The spread of a side is the larger of the scaled median absolute deviation and the scaled 90 % quantile of that side: availability is
 * 100 in most rows, so its deviation alone is zero, and latencies are skewed, so a symmetric spread understates their usual tail.
 *
 * @returns undefined when there is no sample at all
 */
export const usualOf = (rows: Rows): Usual | undefined => {
  const sorted = sortedSamples(rows);
  if (sorted.length === 0) return undefined;
  const median = quantile(sorted, 0.5);
  const deviation = MAD_TO_SIGMA * medianDeviation(sorted, median);
  return {
    median,
    deviation,
    above: Math.max(deviation, (quantile(sorted, 0.9) - median) / P90_SIGMAS),
    below: Math.max(deviation, (median - quantile(sorted, 0.1)) / P90_SIGMAS),
    samples: sorted.length,
  };
};

/** Learns what is usual from a period without faults; columns without a sample are left out. */
export const learnBaseline = (normal: Table): Baseline => {
  const ofColumns = (columns: ReadonlyMap<string, Rows>): Record<string, Usual> =>
    Object.fromEntries(
      [...columns].flatMap(([key, rows]) => {
        const usual = usualOf(rows);
        return usual === undefined ? [] : [[key, usual] as const];
      }),
    );
  return {
    version: 1,
    nodes: Object.fromEntries([...normal.columns].map(([node, columns]) => [node, ofColumns(columns)])),
  };
};

/** Looks a column up; a node named like a property of every object (`constructor`) is not mistaken for a known one. */
export const usual = (baseline: Baseline, node: string, key: string): Usual | undefined => {
  if (!Object.hasOwn(baseline.nodes, node)) return undefined;
  const columns = baseline.nodes[node] as Readonly<Record<string, Usual>>;
  return Object.hasOwn(columns, key) ? columns[key] : undefined;
};
