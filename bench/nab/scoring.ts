import type { Benchmark, LabelledSeries, LabelWindow, Profile } from './data.ts';

/** A scored row that is not 0: everything a threshold can turn into a report. */
export interface Answer {
  readonly index: number;
  readonly score: number;
}

/** A series with the detector's answers after probation, in time order. */
export interface ScoredSeries {
  readonly series: LabelledSeries;
  readonly answers: readonly Answer[];
}

/** Raw score of one series at one threshold, and what produced it. */
export interface SeriesResult {
  readonly raw: number;
  readonly found: number;
  readonly missed: number;
  readonly falseReports: number;
}

/** NAB's reward curve: 1 well before, 0 at the end of the window, -1 long after it. */
export const rewardCurve = (x: number): number => (x > 3 ? -1 : 2 / (1 + Math.exp(5 * x)) - 1);

/** Samples at the start of a series that are not scored. */
export const probationRows = (rows: number, { share, maxRows }: Benchmark['probation']): number =>
  Math.min(Math.floor(share * rows), maxRows);

const windowReward = (index: number, { first, last }: LabelWindow): number =>
  rewardCurve(-(last - index + 1) / (last - first + 1)) / rewardCurve(-1);

const falseReportReward = (index: number, before: LabelWindow | undefined): number =>
  before === undefined ? -1 : rewardCurve((index - before.last) / (before.last - before.first));

/** Keeps what counts: rows after probation with a score above 0. */
export const toScoredSeries = (
  series: LabelledSeries,
  scores: ArrayLike<number>,
  probation: Benchmark['probation'],
): ScoredSeries => {
  const answers: Answer[] = [];
  for (let index = probationRows(series.values.length, probation); index < series.values.length; index += 1) {
    const score = scores[index] ?? 0;
    if (score > 0) answers.push({ index, score });
  }
  return { series, answers };
};

/**
 * NAB's raw score of one series at one threshold.
 *
 * @see Lavin and Ahmad, Evaluating Real-time Anomaly Detection Algorithms: the Numenta Anomaly Benchmark (2015)
 */
export const scoreSeries = ({ series, answers }: ScoredSeries, threshold: number, profile: Profile): SeriesResult => {
  const found = new Set<LabelWindow>();
  let raw = 0;
  let falseReports = 0;
  for (const { index, score } of answers) {
    if (score < threshold) continue;
    const inside = series.windows.find(({ first, last }) => index >= first && index <= last);
    if (inside === undefined) {
      const before = series.windows.findLast(({ last }) => last < index);
      raw += profile.fpWeight * falseReportReward(index, before);
      falseReports += 1;
    } else if (!found.has(inside)) {
      // rows come in order and earlier is worth more, so the first detection is the window's best
      raw += profile.tpWeight * windowReward(index, inside);
      found.add(inside);
    }
  }
  const missed = series.windows.length - found.size;
  return { raw: raw - profile.fnWeight * missed, found: found.size, missed, falseReports };
};

/** Scales a raw sum so that silence is 0 and every window found at its left edge without a false report is 100. */
export const normalise = (raw: number, windows: number, { tpWeight, fnWeight }: Profile): number =>
  (100 * (raw + fnWeight * windows)) / ((tpWeight + fnWeight) * windows);

/** Sums of several series, normalised. */
export interface Total extends SeriesResult {
  /** 0 is silence, 100 perfect; null where there is no window to find. */
  readonly score: number | null;
}

export const total = (results: readonly SeriesResult[], profile: Profile): Total => {
  const sum = (pick: (result: SeriesResult) => number): number => results.reduce((all, one) => all + pick(one), 0);
  const [raw, found, missed] = [sum((one) => one.raw), sum((one) => one.found), sum((one) => one.missed)];
  const windows = found + missed;
  const score = windows === 0 ? null : normalise(raw, windows, profile);
  return { raw, found, missed, falseReports: sum((one) => one.falseReports), score };
};

/** Raw score per threshold (rows, highest threshold first) and series (columns). */
export interface Sweep {
  readonly thresholds: readonly number[];
  readonly raw: readonly (readonly number[])[];
}

/**
 * Scores every series at every threshold worth trying: infinity (silence) and each distinct answer, highest first.
 *
 * @param limit - how many; the best threshold reports a few times per series, beyond that every report only costs
 */
export const sweepThresholds = (all: readonly ScoredSeries[], profile: Profile, limit = 400): Sweep => {
  const answered = new Set(all.flatMap(({ answers }) => answers.map(({ score }) => score)));
  const thresholds = [Number.POSITIVE_INFINITY, ...[...answered].sort((a, b) => b - a).slice(0, limit)];
  return { thresholds, raw: thresholds.map((threshold) => all.map((one) => scoreSeries(one, threshold, profile).raw)) };
};

/** The threshold with the highest raw sum, as NAB's own sweep chooses it. @param without - a series left out */
export const bestThreshold = ({ thresholds, raw }: Sweep, without?: number): number => {
  const sums = raw.map((row) => row.reduce((sum, value, column) => (column === without ? sum : sum + value), 0));
  return thresholds[sums.indexOf(Math.max(...sums))] ?? Number.POSITIVE_INFINITY;
};
