import fc from 'fast-check';
import {
  after,
  durationMs,
  elapsed,
  epochMs,
  formatDuration,
  fromIso,
  hours,
  isBefore,
  isLonger,
  minutes,
  seconds,
  toIso,
} from '../../../core/shared/units.ts';

const instant = fc.integer({ min: 0, max: 4_102_444_800_000 }).map(epochMs);
const duration = fc.integer({ min: -1e12, max: 1e12 }).map(durationMs);

test('text and instant say the same', () => {
  fc.assert(fc.property(instant, (time) => fromIso(toIso(time)) === time));
});

test('what comes after a duration is that long away', () => {
  fc.assert(fc.property(instant, duration, (time, by) => elapsed(time, after(time, by)) === by));
});

test('before and longer are strict: nothing comes before itself', () => {
  fc.assert(fc.property(instant, (time) => !isBefore(time, time) && !isLonger(durationMs(time), durationMs(time))));
  expect(isBefore(epochMs(1), epochMs(2))).toBe(true);
  expect(isLonger(durationMs(2), durationMs(1))).toBe(true);
});

test.each([NaN, Infinity, -Infinity])('%p is neither an instant nor a duration', (value) => {
  expect(() => epochMs(value)).toThrow(RangeError);
  expect(() => durationMs(value)).toThrow(RangeError);
});

test('a text that is no instant is named', () => expect(() => fromIso('soon')).toThrow("got 'soon'"));

test('an hour has sixty minutes of sixty seconds', () => {
  expect(hours(1)).toBe(minutes(60));
  expect(minutes(1)).toBe(seconds(60));
});

test.each([
  [0, '0 ms'],
  [850.4, '850 ms'],
  [999, '999 ms'],
  [1_000, '1 s'],
  [4_200, '4.2 s'],
  [59_900, '59.9 s'],
  [60_000, '1 min'],
  [200_000, '3 min 20 s'],
  [3_600_000, '1 h'],
  [7_500_000, '2 h 5 min'],
])('%d ms are %s for people', (value, text) => expect(formatDuration(durationMs(value))).toBe(text));
