import { forecastDemand } from '../../../core/forecast/demand.ts';
import { randomFrom } from '../detection/series.ts';

const SEASON = 24;

const demand = (seasons: number, { noise = 0, growth = 0, seed = 1 } = {}): number[] => {
  const random = randomFrom(seed);
  return Array.from(
    { length: seasons * SEASON },
    (_, i) =>
      100 + growth * i + 40 * Math.sin((2 * Math.PI * i) / SEASON) + noise * (random() + random() + random() - 1.5),
  );
};

const forecastOf = (history: readonly (number | null)[]) => {
  const forecast = forecastDemand(history, SEASON);
  if (forecast.state !== 'forecast') throw new Error(`expected a forecast, got ${forecast.state}`);
  return forecast;
};

test('repeats a season that repeats', () => {
  const history = Array.from({ length: 6 * SEASON }, (_, i) => 100 + (i % SEASON));
  const { method, points } = forecastOf(history);

  expect(method).toBe('seasonal_naive');
  expect(points.map(({ value }) => value)).toEqual(history.slice(-SEASON));
});

test('takes Holt-Winters where it errs less: noise that repeating would double', () => {
  const { method, backTestErrors } = forecastOf(demand(12, { noise: 30 }));

  expect(method).toBe('holt_winters');
  expect(backTestErrors.holt_winters).toBeLessThan(backTestErrors.seasonal_naive);
});

test('the intervals cover what they promise', () => {
  let in80 = 0;
  let in95 = 0;
  let all = 0;
  for (let seed = 1; seed <= 40; seed += 1) {
    const truth = demand(11, { noise: 20, seed });
    for (const [i, { interval80, interval95 }] of forecastOf(truth.slice(0, -SEASON)).points.entries()) {
      const actual = truth[10 * SEASON + i] ?? Number.NaN;
      all += 1;
      if (actual >= interval80[0] && actual <= interval80[1]) in80 += 1;
      if (actual >= interval95[0] && actual <= interval95[1]) in95 += 1;
    }
  }

  expect(in80 / all).toBeGreaterThan(0.74);
  expect(in80 / all).toBeLessThan(0.86);
  expect(in95 / all).toBeGreaterThan(0.92);
});

test('bridges missing samples', () => {
  const history = demand(8).map((value, i) => (i % 17 === 3 ? null : value));
  const { points } = forecastOf(history);

  for (const [i, { value }] of points.entries())
    expect(Math.abs(value - (demand(9)[8 * SEASON + i] ?? 0))).toBeLessThan(15);
});

test('refuses to forecast from less than three seasons, or from mostly holes', () => {
  expect(forecastDemand(demand(2), SEASON)).toEqual({ state: 'not_enough_data', samples: 48, needed: 72 });
  expect(forecastDemand(new Array<null>(100).fill(null), SEASON)).toMatchObject({
    state: 'not_enough_data',
    samples: 0,
  });
});

test('refuses a season that is none, naming it', () => {
  expect(() => forecastDemand(demand(4), 1.5)).toThrow(
    new RangeError('a season must be a whole number of at least 2 samples, got 1.5'),
  );
});
