import { forecastExhaustion, type Resource } from '../../../core/forecast/exhaustion.ts';
import { fitTrend } from '../../../core/forecast/trend.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { randomFrom } from '../detection/series.ts';

const HOUR_MS = 3_600_000;

const resource = (values: readonly number[], change: Partial<Resource> = {}): Resource => ({
  samples: values.map((value, hour) => ({ at: epochMs(hour * HOUR_MS), value })),
  limit: 100,
  direction: 'rising',
  ...change,
});

const leak = (samples: number, perHour: number, noise: number, seed = 1): number[] => {
  const random = randomFrom(seed);
  return Array.from({ length: samples }, (_, hour) => 20 + perHour * hour + noise * (random() - 0.5));
};

describe('forecastExhaustion', () => {
  test('a leak of one percent an hour at 67 % leaves about 33 hours, within both intervals', () => {
    const forecast = forecastExhaustion(resource(leak(48, 1, 4)));

    if (forecast.state !== 'exhausting') throw new Error(`expected a forecast, got ${forecast.state}`);
    expect(forecast.timeLeft / HOUR_MS).toBeGreaterThan(30);
    expect(forecast.timeLeft / HOUR_MS).toBeLessThan(36);
    expect(forecast.changePerHour).toBeCloseTo(1, 1);
    const { interval80, interval95, at } = forecast;
    const moments = [interval95.earliest, interval80.earliest, at, interval80.latest, interval95.latest];
    expect(moments).toEqual(moments.toSorted((a, b) => Number(a) - Number(b)));
  });

  test('the 95 % interval holds the true moment in at least nine of ten leaks', () => {
    const seeds = Array.from({ length: 60 }, (_, i) => i + 1);
    const held = seeds.filter((seed) => {
      const forecast = forecastExhaustion(resource(leak(40, 0.8, 12, seed)));
      const truth = 100 * HOUR_MS;
      return (
        forecast.state === 'exhausting' &&
        (forecast.interval95.earliest ?? 0) <= truth &&
        truth <= (forecast.interval95.latest ?? Number.POSITIVE_INFINITY)
      );
    });

    expect(held.length).toBeGreaterThanOrEqual(54);
  });

  test('free disk and certificate days run out downwards', () => {
    const days = Array.from({ length: 20 }, (_, day) => 40 - day / 24);
    const forecast = forecastExhaustion(resource(days, { limit: 0, direction: 'falling' }));

    expect(forecast).toMatchObject({ state: 'exhausting' });
    if (forecast.state === 'exhausting') expect(forecast.timeLeft / HOUR_MS / 24).toBeCloseTo(40 - 19 / 24, 5);
  });

  test('the trend begins anew after a restart', () => {
    const forecast = forecastExhaustion(resource([...leak(60, 1, 1), ...leak(20, 1, 1)]));

    if (forecast.state !== 'exhausting') throw new Error(`expected a forecast, got ${forecast.state}`);
    expect(forecast.timeLeft / HOUR_MS).toBeGreaterThan(55);
  });

  test('one outlier does not move it much', () => {
    const values = leak(48, 1, 1);
    values[40] = 95;
    const forecast = forecastExhaustion(resource(values));

    if (forecast.state !== 'exhausting') throw new Error(`expected a forecast, got ${forecast.state}`);
    expect(Math.abs(forecast.timeLeft / HOUR_MS - 33)).toBeLessThan(3);
  });

  test('stays quiet on noise, on a constant and on a recovery', () => {
    for (const values of [leak(48, 0, 20), new Array<number>(48).fill(50), leak(48, -0.3, 2)]) {
      expect(forecastExhaustion(resource(values)).state).toBe('no_trend');
    }
  });

  test('says how many samples it lacks, and when it is too late', () => {
    expect(forecastExhaustion(resource([1, 2, 3]))).toEqual({ state: 'not_enough_data', samples: 3, needed: 12 });
    expect(forecastExhaustion(resource([]))).toMatchObject({ state: 'not_enough_data', samples: 0 });
    expect(forecastExhaustion(resource([...leak(20, 1, 1), 100]))).toEqual({ state: 'exhausted' });
  });

  test('handles more samples than it looks at', () => {
    expect(forecastExhaustion(resource(leak(3_000, 0.02, 4)))).toMatchObject({ state: 'exhausting' });
  });
});

test('a trend needs three points at different times', () => {
  expect(() =>
    fitTrend([
      { at: 0, value: 1 },
      { at: 0, value: 2 },
    ]),
  ).toThrow(RangeError);
});
