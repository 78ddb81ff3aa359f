import type { LabelledSeries } from '../../../bench/nab/data.ts';
import {
  bestThreshold,
  probationRows,
  rewardCurve,
  type ScoredSeries,
  scoreSeries,
  sweepThresholds,
  total,
  toScoredSeries,
} from '../../../bench/nab/scoring.ts';
import { bootstrapInterval, leaveOneOut } from '../../../bench/nab/statistics.ts';

const standard = { tpWeight: 1, fpWeight: 0.11, fnWeight: 1 };
const probation = { share: 0.15, maxRows: 750 };

const series = (windows: LabelledSeries['windows'], length = 1_000): LabelledSeries => ({
  name: 'made/up.csv',
  category: 'made',
  times: Array.from({ length }, (_, i) => i * 300),
  values: new Array<number>(length).fill(0),
  windows,
});

const reporting = (one: LabelledSeries, ...rows: readonly number[]): ScoredSeries =>
  toScoredSeries(
    one,
    one.values.map((_, i) => (rows.includes(i) ? 0.9 : 0)),
    probation,
  );

const scoreOf = (...all: readonly ScoredSeries[]): number | null =>
  total(
    all.map((one) => scoreSeries(one, 0.5, standard)),
    standard,
  ).score;

const two = series([
  { first: 300, last: 399 },
  { first: 600, last: 699 },
]);

test('silence is 0 and every window at its left edge without a false report is 100', () => {
  expect(scoreOf(reporting(two))).toBeCloseTo(0);
  expect(scoreOf(reporting(two, 300, 600))).toBeCloseTo(100);
});

test('only the earliest detection of a window counts, and later is worth less', () => {
  expect(scoreOf(reporting(two, 300, 310, 390, 600))).toBeCloseTo(100);
  // the last row of a window: x = -1/100, for one window out of two; the other is missed
  expect(scoreOf(reporting(two, 399))).toBeCloseTo((100 * (1 + rewardCurve(-0.01) / rewardCurve(-1))) / 4);
});

test('a false report costs little just after a window and everything elsewhere', () => {
  const cost = (row: number): number => 100 - (scoreOf(reporting(two, 300, 600, row)) ?? 0);
  expect(cost(200)).toBeCloseTo(0.11 * 25);
  expect(cost(400)).toBeCloseTo(-0.11 * 25 * rewardCurve(1 / 99));
  expect(cost(720)).toBeLessThan(cost(800));
});

test('every report in a series without windows costs in full', () => {
  const quiet = series([]);
  expect(scoreSeries(reporting(quiet, 500, 501), 0.5, standard)).toEqual({
    raw: -0.22,
    found: 0,
    missed: 0,
    falseReports: 2,
  });
  expect(scoreOf(reporting(quiet, 500))).toBeNull();
});

test('the first 15 % of a series, at most 750 rows, do not count', () => {
  expect(scoreOf(reporting(two, 149, 300, 600))).toBeCloseTo(100);
  expect(scoreOf(reporting(two, 150, 300, 600))).toBeLessThan(100);
  expect(probationRows(20_000, probation)).toBe(750);
});

test('the sweep finds the threshold that separates windows from noise', () => {
  const scores = two.values.map((_, i) => (i === 300 || i === 600 ? 0.8 : i % 50 === 0 ? 0.4 : 0));
  const scored = toScoredSeries(two, scores, probation);

  expect(bestThreshold(sweepThresholds([scored], standard))).toBe(0.8);
});

test('leaving one out scores each series at the threshold of the others', () => {
  const low = toScoredSeries(
    two,
    two.values.map((_, i) => (i === 300 || i === 600 ? 0.2 : 0)),
    probation,
  );
  const high = reporting(two, 300, 600);

  // the low one is missed at the threshold of the high one; the high one is found at any
  expect(leaveOneOut([low, high], standard)).toBeCloseTo(50);
});

test('the bootstrap interval holds the score and is the same every time', () => {
  const results = [reporting(two, 300), reporting(two, 600), reporting(two)].map((one) =>
    scoreSeries(one, 0.5, standard),
  );
  const [low, high] = bootstrapInterval(results, standard, { seed: 1, draws: 500 });
  const score = total(results, standard).score ?? Number.NaN;

  expect(low).toBeLessThanOrEqual(score);
  expect(high).toBeGreaterThanOrEqual(score);
  expect(bootstrapInterval(results, standard, { seed: 1, draws: 500 })).toEqual([low, high]);
});
