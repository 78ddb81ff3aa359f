import { usual, type Baseline } from './baseline.ts';
import { median, stableSum } from './numbers.ts';
import { REQUESTS, type Table } from './telemetry.ts';
import type { Topology } from './topology.ts';

/** Calls per row of each node, after the alarm's onset. */
export interface Calls {
  /** By node and row; never missing. */
  readonly rows: readonly Float64Array[];
  /** Whether the count was measured or, at least, is known from history; otherwise it is an estimate from the neighbours. */
  readonly known: readonly boolean[];
}

/** Calls per row assumed where not one node of the graph has a count: every node weighs the same. */
const NO_COUNTS = 1;

interface Counts {
  /** Calls in a usual row; undefined where neither the window nor history has a count. */
  readonly level: number | undefined;
  readonly rows: Float64Array | undefined;
}

const middleOf = (rows: Float64Array): number | undefined => median([...rows].filter((value) => !Number.isNaN(value)));

/** Traffic by row relative to usual: the median over the nodes that have both, 1 where none has. */
const trafficByRow = (counts: readonly Counts[], length: number): Float64Array => {
  const traffic = new Float64Array(length).fill(1);
  for (let row = 0; row < length; row += 1) {
    const ratios = counts.flatMap(({ level, rows }) => {
      const now = rows?.[row];
      return level !== undefined && level > 0 && now !== undefined && !Number.isNaN(now) ? [now / level] : [];
    });
    traffic[row] = median(ratios) ?? 1;
  }
  return traffic;
};

/**
 * Level of a node without a count, from its neighbours': a node is called about once per call of its callers and calls its busiest callee
 * about once per call. Either can be too much (callers have other work, callees have other callers), so the smaller one counts.
 */
const fromNeighbours = (
  node: number,
  levels: readonly (number | undefined)[],
  topology: Topology,
): number | undefined => {
  const positive = (nodes: readonly number[] = []): number[] =>
    nodes
      .map((other) => levels[other])
      .filter((level) => level !== undefined)
      .filter((level) => level > 0);
  const sent = positive(topology.callers[node]);
  const received = positive(topology.callees[node]);
  if (sent.length === 0 && received.length === 0) return undefined;
  return Math.min(
    sent.length === 0 ? Number.POSITIVE_INFINITY : stableSum(sent),
    received.length === 0 ? Number.POSITIVE_INFINITY : Math.max(...received),
  );
};

/** Fills levels outward from the nodes that have one; what no path reaches gets the median of all. */
const completeLevels = (known: readonly (number | undefined)[], topology: Topology): number[] => {
  let levels = [...known];
  for (let pass = 0; pass < levels.length && levels.includes(undefined); pass += 1) {
    const next = levels.map((level, node) => level ?? fromNeighbours(node, levels, topology));
    if (next.every((level, node) => level === levels[node])) break;
    levels = next;
  }
  const typical = median(levels.filter((level) => level !== undefined)) ?? NO_COUNTS;
  return levels.map((level) => level ?? typical);
};

/** A node seen in less than this share of the rows of the most-seen node is called rarely, not badly sampled. */
const RARELY_SEEN = 0.5;

/**
 * Level of rarely called nodes, from how often they were seen: with calls at random, a row has none with probability exp(-level), so a node
 * seen in a share s of the rows has a level of -ln(1 - s).
 */
const rareLevels = (baseline: Baseline, names: readonly string[], column: string): (number | undefined)[] => {
  const seen = names.map((name) => usual(baseline, name, column)?.samples ?? 0);
  const rows = Math.max(1, ...seen);
  return seen.map((samples) =>
    samples > 0 && samples < RARELY_SEEN * rows ? -Math.log(1 - samples / rows) : undefined,
  );
};

/**
 * Calls per node and row after the onset: measured where there is a sample; else the node's level in the other rows or in history, times
 * the traffic of the row; else an estimate from how often the node was seen or from its callers and callees.
 *
 * @param column - column of the alarmed metric, whose samples tell how often a node is called at all
 */
export const callsOf = (
  table: Table,
  baseline: Baseline,
  topology: Topology,
  before: number,
  column: string,
): Calls => {
  const length = table.times.length - before;
  const rare = rareLevels(baseline, topology.names, column);
  const counts = topology.names.map((name, node): Counts => {
    const rows = table.columns.get(name)?.get(REQUESTS)?.subarray(before);
    const level =
      usual(baseline, name, REQUESTS)?.median ?? (rows === undefined ? undefined : middleOf(rows)) ?? rare[node];
    return { rows, level };
  });
  const traffic = trafficByRow(counts, length);
  const levels = completeLevels(
    counts.map(({ level }) => level),
    topology,
  );
  const rows = counts.map(({ rows: measured }, node) => {
    const others = measured === undefined ? undefined : middleOf(measured);
    return Float64Array.from({ length }, (_, row) => {
      const now = measured?.[row];
      if (now !== undefined && !Number.isNaN(now)) return now;
      return others ?? (levels[node] as number) * (traffic[row] as number);
    });
  });
  return { rows, known: counts.map(({ level }) => level !== undefined) };
};
