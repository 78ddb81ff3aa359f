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
  /** The largest excess in robust standard deviations of the node, its usual tail included: what it takes to be accused. */
  readonly sigmas: number;
  /** The same without the tail: what it takes to believe an alarm. */
  readonly alarmSigmas: number;
  /** Whether samples are missing after the onset, so that the worst may not have been seen. */
  readonly gaps: boolean;
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

/** One failed call in a usual row is too little to accuse anyone; two are six of these where calls never fail. */
const FAILED_CALLS_FLOOR = 1 / 3;

const sigmaFloor = (alarm: Alarm, known: Usual | undefined, reference: number, calls: number | undefined): number => {
  if (alarm.metric === 'availability') return FAILED_CALLS_FLOOR / Math.max(1, calls ?? ASSUMED_CALLS);
  const unknown = known === undefined || known.samples < FEW_SAMPLES;
  return (unknown ? UNKNOWN_SPREAD : LATENCY_SPREAD_FLOOR) * Math.abs(reference);
};

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
  const largest = Math.max(...perCall.filter((value) => !Number.isNaN(value)));
  const floor = sigmaFloor(alarm, known, reference, usual(baseline, node, REQUESTS)?.median);
  const sigmas = (spread: number): number => largest / Math.max(failing ? spread / 100 : spread, floor, Number.EPSILON);
  return {
    perCall,
    reference,
    worst: failing ? Math.min(...samples) : Math.max(...samples),
    sigmas: sigmas((failing ? known?.below : known?.above) ?? 0),
    alarmSigmas: sigmas(known?.deviation ?? 0),
    gaps: samples.length < after.length,
  };
};
