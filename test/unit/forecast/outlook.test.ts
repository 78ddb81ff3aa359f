import fc from 'fast-check';
import { forecastDemand } from '../../../core/forecast/demand.ts';
import { addDemand, demandGrid, demandSeries, type DemandHistory } from '../../../core/forecast/demand-history.ts';
import {
  describeForecast,
  foreseeDemand,
  foreseeExhaustion,
  stillAhead,
  urgencyOf,
} from '../../../core/forecast/outlook.ts';
import type { Sample } from '../../../core/shared/ports.ts';
import { durationMs, epochMs } from '../../../core/shared/units.ts';
import { aDemand, anExhaustion, at, isoAt } from '../../support/builders.ts';

const HORIZON = 3_600;
/** One sample a minute; the value of each by its number. */
const minutely = (count: number, value: (minute: number) => number): Sample[] =>
  Array.from({ length: count }, (_, minute) => ({ at: at(minute * 60), value: value(minute) }));
const wobble = (minute: number): number => Math.sin(minute * 12.9898) * 0.6;
const memory = (samples: readonly Sample[], horizon = HORIZON) =>
  foreseeExhaustion('memoryUtilization', samples, horizon);

describe('exhaustion', () => {
  test('a leak is foreseen, with where it began and an interval around its end', () => {
    const forecast = memory(minutely(30, (minute) => 30 + 1.5 * minute + wobble(minute)));
    expect(forecast).toMatchObject({ kind: 'exhaustion', role: 'memoryUtilization', limit: 100 });
    expect(forecast?.from).toBeCloseTo(30, 0);
    const end = Date.parse(isoAt((70 / 1.5) * 60));
    expect(Math.abs(Date.parse(String(forecast?.at)) - end)).toBeLessThan(3 * 60_000);
    expect(Date.parse(String(forecast?.interval80.earliest))).toBeLessThan(end);
    expect(Date.parse(String(forecast?.interval80.latest))).toBeGreaterThan(end);
  });

  test('a leak that begins after hours of calm is foreseen as soon as its trend is sure', () => {
    const leak = (minute: number): number => 30 + wobble(minute) + Math.max(0, minute - 180) * 1.5;
    expect(memory(minutely(180, leak))).toBeNull();
    expect(memory(minutely(200, leak))).not.toBeNull();
  });

  test.each([
    ['stands still', (minute: number) => 60 + wobble(minute)],
    ['warms up and settles', (minute: number) => 20 + 30 * (1 - Math.exp(-minute / 8))],
    ['falls', (minute: number) => 90 - minute],
    ['steps up once and stays', (minute: number) => (minute < 15 ? 30 : 55)],
    ['creeps: it ends beyond the horizon', (minute: number) => 30 + 0.4 * minute],
  ])('a metric that %s foretells nothing', (_, value) => {
    for (let count = 1; count <= 60; count += 1) expect(memory(minutely(count, value))).toBeNull();
  });

  test('what breathes foretells nothing once it has breathed, what is restarted in time leaks again', () => {
    const breath = (minute: number): number => 50 + 20 * Math.sin(minute / 5);
    for (let count = 33; count <= 180; count += 1) expect(memory(minutely(count, breath))).toBeNull();
    const restarted = (minute: number): number => 30 + 1.5 * (minute % 30);
    expect(memory(minutely(58, restarted))).not.toBeNull();
  });

  test('what is used up already is no forecast, nor is a role that cannot run out', () => {
    expect(memory(minutely(30, (minute) => Math.min(100, 60 + 2 * minute)))).toBeNull();
    const rising = minutely(30, (minute) => 30 + 1.5 * minute);
    expect(foreseeExhaustion('cpuUtilization', rising, HORIZON)).toBeNull();
  });

  test('calm noise never foretells anything', () => {
    const level = fc.double({ min: 10, max: 75, noNaN: true });
    const noise = fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 20, maxLength: 180 });
    fc.assert(
      fc.property(level, noise, (base, steps) => {
        expect(memory(minutely(steps.length, (minute) => base + (steps[minute] ?? 0)))).toBeNull();
      }),
    );
  });
});

describe('what was announced', () => {
  const leak = (minute: number): number => 30 + 1.5 * minute;
  const announced = memory(minutely(25, leak)) ?? anExhaustion();
  const present = (samples: readonly Sample[]) => ({ samples, running: 2, horizonSeconds: HORIZON });

  test('stands as long as the trend goes on, and says when it ends now', () => {
    expect(stillAhead(announced, present(minutely(35, leak)))).toMatch(/^memory is going to be used up in \d+ min/);
  });

  test('is gone when there is headroom again', () => {
    const healed = minutely(30, (minute) => (minute < 27 ? leak(minute) : 31));
    expect(stillAhead(announced, present(healed))).toBeNull();
  });

  test('is gone when the trend is broken', () => {
    const stopped = minutely(70, (minute) => leak(Math.min(minute, 28)) + wobble(minute) / 10);
    expect(stillAhead(announced, present(stopped))).toBeNull();
  });

  test('is not gone because nothing is measured', () => {
    expect(stillAhead(announced, present([]))).toBe('no sample of memoryUtilization yet');
  });

  test('demand is ahead until the tasks can take it', () => {
    const demand = aDemand({ capacityPerTask: 20, interval80: { low: 62, high: 78 } });
    const running = (tasks: number | null) => stillAhead(demand, { samples: [], running: tasks, horizonSeconds: 600 });
    expect(running(2)).toMatch(/^demand is going to reach 70 requests/);
    expect(running(3)).not.toBeNull();
    expect(running(4)).toBeNull();
    expect(running(null)).toBe('the number of running tasks could not be read');
  });
});

describe('demand', () => {
  const SEASON = 60;
  const spiky = (minute: number): number => (minute % SEASON >= 40 && minute % SEASON < 50 ? 70 : 15);
  const settings = { horizonSeconds: 1_800, seasonSeconds: 3_600, requestsPerTask: 22 };
  const outlook = (history: readonly number[], running: number) => ({
    forecast: forecastDemand(history, SEASON),
    from: at(0),
    step: durationMs(60_000),
    running,
    now: at(0),
  });
  const seen = (minutes: number): number[] => Array.from({ length: minutes }, (_, minute) => spiky(minute));

  test('a peak that came in three seasons is foreseen before the fourth, with its interval', () => {
    const forecast = foreseeDemand(outlook(seen(3 * SEASON + 20), 2), settings);
    expect(forecast).toMatchObject({ kind: 'demand', at: isoAt(20 * 60), peak: 70, capacity: 44 });
    expect(forecast?.interval80.low).toBeGreaterThan(44);
  });

  test('nothing is foreseen of two seasons, of a peak that the tasks can take, or beyond the horizon', () => {
    expect(foreseeDemand(outlook(seen(2 * SEASON + 20), 2), settings)).toBeNull();
    expect(foreseeDemand(outlook(seen(3 * SEASON + 20), 4), settings)).toBeNull();
    expect(foreseeDemand(outlook(seen(3 * SEASON), 2), settings)).toBeNull();
  });

  test('nothing is foreseen of demand that nobody can compare with what a task serves', () => {
    expect(foreseeDemand(outlook(seen(3 * SEASON + 20), 2), { ...settings, requestsPerTask: null })).toBeNull();
  });
});

describe('the history of demand', () => {
  const grid = { stepSeconds: 60, steps: 10 };
  const samples = minutely(45, (minute) => minute);

  test('is the same in whatever portions its samples come', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 45 }), { maxLength: 6 }), (cuts) => {
        const bounds = [0, ...cuts.toSorted((a, b) => a - b), 45];
        let history: DemandHistory | null = null;
        for (const [i, bound] of bounds.entries())
          history = addDemand(history, samples.slice(bounds[i - 1] ?? 0, bound), grid);
        expect(history).toEqual(addDemand(null, samples, grid));
      }),
    );
  });

  test('keeps holes as holes and no more than five seasons', () => {
    const holes = samples.filter((_, minute) => minute !== 40);
    const { values } = demandSeries(addDemand(null, holes, grid) as DemandHistory);
    expect(values).toHaveLength(44);
    expect(values[40]).toBeNull();
    const long = demandSeries(
      addDemand(
        null,
        minutely(500, (minute) => minute),
        grid,
      ) as DemandHistory,
    );
    expect(long.values).toHaveLength(50);
    expect(long.values.at(-1)).toBe(498);
  });

  test('a day of minutes has 288 steps of five minutes, a minute of seconds has 60', () => {
    expect(demandGrid(86_400, 60)).toEqual({ stepSeconds: 300, steps: 288 });
    expect(demandGrid(60, 1)).toEqual({ stepSeconds: 1, steps: 60 });
  });
});

test('a forecast is told with its interval, and is the more urgent the nearer it is', () => {
  expect(describeForecast(anExhaustion())).toBe(
    'memory is going to be used up in 30 min (80 %: 28 min 20 s to 31 min 40 s), now 60 %',
  );
  expect(describeForecast(aDemand())).toBe(
    'demand is going to reach 70 requests per period (80 %: 62 to 78), from 10 min on; the tasks serve 40',
  );
  expect(urgencyOf(anExhaustion(), 1_800)).toBe(50);
  expect(urgencyOf(anExhaustion({ at: isoAt(0) }), 1_800)).toBe(90);
  expect(epochMs(Date.parse(anExhaustion().at))).toBe(at(1_800));
});
