import { usual, type Baseline, type Usual } from './baseline.ts';
import { columnKey, REQUESTS, type Alarm, type Rows, type Table } from './telemetry.ts';

/** How far a node's metric is from its reference, in the bad direction, by row after the alarm's onset. */
export interface Excess {
  /** Per call: seconds, or share of calls that failed (0-1); NaN where there is no sample or no reference. */
  readonly perCall: Rows;
  /** The reference it was compared with, in the unit of the metric. */
  readonly reference: number;
  /** The worst value in the window, in the unit of the metric. */
  readonly worst: number;
  /** The largest excess in robust standard deviations of the node's usual spread. */
  readonly sigmas: number;
}

/** Latency spreads under this share of the median are rounding, not knowledge. */
const LATENCY_SPREAD_FLOOR = 0.02;
/** A spread learned from fewer samples than this, or from none, is assumed to be at least `UNKNOWN_SPREAD` of the median. */
const FEW_SAMPLES = 8;
const UNKNOWN_SPREAD = 0.1;
/** Calls per row assumed for the resolution of availability where the count is unknown. */
const ASSUMED_CALLS = 100;

/** Splits the window: rows that ended before the alarm triggered, and the rest. Without a timestamp only the first row is before. */
export const rowsBefore = (times: readonly number[], alarm: Alarm): number => {
  const { timestamp } = alarm;
  if (times.length < 2) return 0;
  if (typeof timestamp !== 'number' || !Number.isFinite(timestamp)) return 1;
  const period = ((times.at(-1) as number) - (times[0] as number)) / (times.length - 1);
  const ended = times.filter((start) => start + period <= timestamp).length;
  // At least one row stays on each side: a clock that disagrees must not leave nothing to compare.
  return Math.min(times.length - 1, Math.max(1, ended));
};

const lastSampleBefore = (rows: Rows, before: number): number | undefined => {
  for (let i = before - 1; i >= 0; i -= 1) if (!Number.isNaN(rows[i])) return rows[i];
  return undefined;
};

const latencySigma = (known: Usual | undefined, reference: number): number => {
  const floor = known === undefined || known.samples < FEW_SAMPLES ? UNKNOWN_SPREAD : LATENCY_SPREAD_FLOOR;
  return Math.max(known?.above ?? 0, floor * Math.abs(reference));
};

/** One failed call in a usual row is the finest step availability can take. */
const availabilitySigma = (known: Usual | undefined, calls: number | undefined): number =>
  Math.max((known?.below ?? 0) / 100, 1 / Math.max(1, calls ?? ASSUMED_CALLS));

/**
 * Excess of one node over its reference, or undefined where it has no samples or nothing to compare them with.
 *
 * The reference is whichever of the usual median and the last row before the alarm leaves the smaller excess. That cancels drift: a node
 * that sat at another level before the fault is not accused of it.
 */
export const excessOf = (
  table: Table,
  baseline: Baseline,
  node: string,
  alarm: Alarm,
  stat: string,
): Excess | undefined => {
  const key = columnKey(alarm.metric, stat);
  const rows = table.columns.get(node)?.get(key);
  if (rows === undefined) return undefined;
  const before = rowsBefore(table.times, alarm);
  const known = usual(baseline, node, key);
  const references = [known?.median, lastSampleBefore(rows, before)].filter((value) => value !== undefined);
  if (references.length === 0) return undefined;

  const failing = alarm.metric === 'availability';
  const reference = failing ? Math.min(...references) : Math.max(...references);
  const after = rows.subarray(before);
  const perCall = after.map((value) => Math.max(0, failing ? (reference - value) / 100 : value - reference));
  const samples = after.filter((value) => !Number.isNaN(value));
  if (samples.length === 0) return undefined;
  const sigma = failing
    ? availabilitySigma(known, usual(baseline, node, REQUESTS)?.median)
    : latencySigma(known, reference);
  const largest = Math.max(...perCall.filter((value) => !Number.isNaN(value)));
  return {
    perCall,
    reference,
    worst: failing ? Math.min(...samples) : Math.max(...samples),
    sigmas: sigma > 0 ? largest / sigma : largest > 0 ? Number.POSITIVE_INFINITY : 0,
  };
};
