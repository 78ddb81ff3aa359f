import fc from 'fast-check';
import type { TimeWindow } from '../../../core/contracts/time-window.ts';
import { TimeWindowSchema } from '../../../core/contracts/time-window.ts';
import { openWindow, windowWords } from '../../../core/guard/time-window.ts';
import { fromIso } from '../../../core/shared/units.ts';
import { said, workload } from './fixture.ts';

const isOpen = (window: TimeWindow, at: string): boolean => openWindow([window], fromIso(at)) === window;
const berlin = (
  from: string,
  to: string,
  days?: TimeWindow extends infer W ? (W extends { days?: infer D } ? D : never) : never,
) => ({ from, to, timeZone: 'Europe/Berlin', ...(days === undefined ? {} : { days }) }) satisfies TimeWindow;

describe('a weekly window', () => {
  test('is open from its start until just before its end, by the clock of its zone', () => {
    const window = berlin('22:00', '23:30');
    expect(isOpen(window, '2026-11-21T20:59:59.999Z')).toBe(false);
    expect(isOpen(window, '2026-11-21T21:00:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-11-21T22:29:59.999Z')).toBe(true);
    expect(isOpen(window, '2026-11-21T22:30:00.000Z')).toBe(false);
    // In summer the same clock shows it an hour earlier.
    expect(isOpen(window, '2026-07-21T20:00:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-07-21T21:30:00.000Z')).toBe(false);
  });

  test('that ends at or before it starts ends on the next day, and belongs to the day on which it starts', () => {
    const window = berlin('22:00', '04:00', ['sat']);
    expect(isOpen(window, '2026-11-21T21:00:00.000Z')).toBe(true); // Saturday
    expect(isOpen(window, '2026-11-22T02:59:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-11-22T03:00:00.000Z')).toBe(false);
    expect(isOpen(window, '2026-11-22T21:00:00.000Z')).toBe(false); // Sunday
    expect(isOpen(window, '2026-11-21T02:00:00.000Z')).toBe(false); // the night to Saturday is Friday's
    expect(isOpen(berlin('06:00', '06:00'), '2026-11-21T12:00:00.000Z')).toBe(true);
  });

  test('counts days as its zone does, where ours is already the next or still the last', () => {
    const auckland: TimeWindow = { days: ['sun'], from: '01:00', to: '03:00', timeZone: 'Pacific/Auckland' };
    expect(isOpen(auckland, '2026-11-21T12:30:00.000Z')).toBe(true); // Saturday here, Sunday there
    expect(isOpen(auckland, '2026-11-22T12:30:00.000Z')).toBe(false);
    const honolulu: TimeWindow = { days: ['fri'], from: '20:00', to: '22:00', timeZone: 'Pacific/Honolulu' };
    expect(isOpen(honolulu, '2026-11-21T06:30:00.000Z')).toBe(true);
  });

  test('on a leap day, and across it', () => {
    const tuesday: TimeWindow = { days: ['tue'], from: '10:00', to: '11:00', timeZone: 'UTC' };
    expect(isOpen(tuesday, '2028-02-29T10:30:00.000Z')).toBe(true);
    expect(isOpen(tuesday, '2028-03-01T10:30:00.000Z')).toBe(false);
    const night: TimeWindow = { days: ['mon'], from: '23:00', to: '01:00', timeZone: 'UTC' };
    expect(isOpen(night, '2028-02-29T00:30:00.000Z')).toBe(true);
    expect(isOpen({ ...night, days: ['tue'] }, '2028-03-01T00:30:00.000Z')).toBe(true);
    expect(isOpen({ ...night, days: ['sun'] }, '2100-03-01T00:30:00.000Z')).toBe(true); // 2100 has no leap day
    expect(isOpen({ ...night, days: ['thu'] }, '2027-01-01T00:30:00.000Z')).toBe(true); // and across the year
  });
});

describe('when the clock is changed', () => {
  // In Berlin 02:00-03:00 is missing on 2026-03-29 (01:00Z is 03:00) and comes twice on 2026-10-25 (00:00Z and 01:00Z).
  test('a window in the missing hour is open by either clock', () => {
    const window = berlin('02:15', '02:45');
    expect(isOpen(window, '2026-03-29T00:14:59.999Z')).toBe(false);
    expect(isOpen(window, '2026-03-29T00:15:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-03-29T01:15:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-03-29T01:44:59.999Z')).toBe(true);
    expect(isOpen(window, '2026-03-29T01:45:00.000Z')).toBe(false);
  });

  test('a window that starts in the missing hour lasts as long, until its end on the clock', () => {
    const window = berlin('02:30', '03:30', ['sun']);
    expect(isOpen(window, '2026-03-29T00:29:59.999Z')).toBe(false);
    expect(isOpen(window, '2026-03-29T00:30:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-03-29T01:29:59.999Z')).toBe(true);
    expect(isOpen(window, '2026-03-29T01:30:00.000Z')).toBe(false);
  });

  test('a window that ends in the missing hour lasts as long, from its start on the clock', () => {
    const window = berlin('01:30', '02:15');
    expect(isOpen(window, '2026-03-29T00:29:59.999Z')).toBe(false);
    expect(isOpen(window, '2026-03-29T00:30:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-03-29T01:14:59.999Z')).toBe(true);
    expect(isOpen(window, '2026-03-29T01:15:00.000Z')).toBe(false);
  });

  test('whatever times a window has, it opens on the day of the change', () => {
    const time = fc.integer({ min: 0, max: 1_439 });
    const clock = (minutes: number) =>
      `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
    const minutes = Array.from({ length: 30 * 60 }, (_, index) => fromIso('2026-03-28T22:00:00.000Z') + index * 60_000);
    fc.assert(
      fc.property(time, time, (from, to) => {
        const window = berlin(clock(from), clock(to), ['sun']);
        expect(minutes.some((at) => openWindow([window], at as never) !== null)).toBe(true);
      }),
      { numRuns: 30, examples: [[150, 210]] },
    );
  });

  test('a window over the missing hour starts and ends by the clock', () => {
    const window = berlin('01:00', '04:00');
    expect(isOpen(window, '2026-03-28T23:59:00.000Z')).toBe(false);
    expect(isOpen(window, '2026-03-29T00:00:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-03-29T01:59:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-03-29T02:00:00.000Z')).toBe(false);
  });

  test('a window in the hour that comes twice lasts from the first to the second', () => {
    const window = berlin('02:15', '02:45');
    expect(isOpen(window, '2026-10-25T00:14:59.999Z')).toBe(false);
    expect(isOpen(window, '2026-10-25T00:15:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-10-25T01:00:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-10-25T01:44:59.999Z')).toBe(true);
    expect(isOpen(window, '2026-10-25T01:45:00.000Z')).toBe(false);
  });

  test('half an hour is put forward where that is done', () => {
    // Lord Howe: 02:00 becomes 02:30 on 2026-10-04 (2026-10-03T15:30Z).
    const window: TimeWindow = { from: '02:10', to: '02:20', timeZone: 'Australia/Lord_Howe' };
    expect(isOpen(window, '2026-10-03T15:09:00.000Z')).toBe(false);
    expect(isOpen(window, '2026-10-03T15:10:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-10-03T15:40:00.000Z')).toBe(true);
    expect(isOpen(window, '2026-10-03T15:50:00.000Z')).toBe(false);
  });
});

test('in UTC it is what arithmetic says, at any instant', () => {
  const time = fc.integer({ min: 0, max: 1_439 });
  const clock = (minutes: number) =>
    `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`;
  const instant = fc.integer({ min: fromIso('2020-01-01T00:00:00.000Z'), max: fromIso('2040-01-01T00:00:00.000Z') });
  fc.assert(
    fc.property(time, time, instant, (from, to, at) => {
      const minute = Math.floor(at / 60_000) % 1_440;
      const expected = to > from ? minute >= from && minute < to : minute >= from || minute < to;
      const window: TimeWindow = { from: clock(from), to: clock(to), timeZone: 'UTC' };
      expect(openWindow([window], at as never) !== null).toBe(expected);
    }),
    { numRuns: 500 },
  );
});

test('the clock of a zone is made once: making it takes longer than all of its use', () => {
  const { DateTimeFormat } = Intl;
  const made: unknown[] = [];
  Intl.DateTimeFormat = class extends DateTimeFormat {
    constructor(...args: ConstructorParameters<typeof DateTimeFormat>) {
      super(...args);
      made.push(args[1]?.timeZone);
    }
  } as never;
  try {
    const window: TimeWindow = { from: '01:00', to: '02:00', timeZone: 'Asia/Kathmandu' };
    for (const at of ['2026-11-21T00:00:00.000Z', '2026-11-20T19:15:00.000Z']) openWindow([window], fromIso(at));
    expect(made).toEqual(['Asia/Kathmandu']);
  } finally {
    Intl.DateTimeFormat = DateTimeFormat;
  }
});

describe('a window that comes once', () => {
  const once: TimeWindow = { from: '2026-12-01T20:00:00+01:00', until: '2026-12-02T02:00:00Z' };

  test('is open from its start until just before its end', () => {
    expect(isOpen(once, '2026-12-01T18:59:59.999Z')).toBe(false);
    expect(isOpen(once, '2026-12-01T19:00:00.000Z')).toBe(true);
    expect(isOpen(once, '2026-12-02T01:59:59.999Z')).toBe(true);
    expect(isOpen(once, '2026-12-02T02:00:00.000Z')).toBe(false);
  });

  test('is named as it was given', () => {
    expect(windowWords(once)).toBe('2026-12-01T20:00:00+01:00 until 2026-12-02T02:00:00Z');
    expect(windowWords(berlin('22:00', '04:00', ['sat', 'sun']))).toBe('sat, sun 22:00-04:00 Europe/Berlin');
    expect(windowWords(berlin('22:00', '04:00'))).toBe('daily 22:00-04:00 Europe/Berlin');
  });
});

test.each([
  ['an unknown time zone', { from: '01:00', to: '02:00', timeZone: 'Mars/Base' }],
  ['no time zone', { from: '01:00', to: '02:00' }],
  ['a time that no clock shows', { from: '24:00', to: '02:00', timeZone: 'UTC' }],
  ['a time with words around it', { from: '01:00 am', to: '02:00', timeZone: 'UTC' }],
  ['a day that no week has', { days: ['someday'], from: '01:00', to: '02:00', timeZone: 'UTC' }],
  ['no day', { days: [], from: '01:00', to: '02:00', timeZone: 'UTC' }],
  ['an end before the start', { from: '2026-12-02T02:00:00Z', until: '2026-12-01T02:00:00Z' }],
  ['an end at the start', { from: '2026-12-02T02:00:00Z', until: '2026-12-02T02:00:00Z' }],
])('a registration with %s is refused', (_, window) => {
  expect(TimeWindowSchema.safeParse(window).success).toBe(false);
});

describe('the guards', () => {
  // It is 2026-11-21T12:00Z, a Saturday: 13:00 in Berlin.
  const open = berlin('12:30', '14:00', ['sat']);
  const shut = berlin('14:00', '15:00');
  const source = 'registration of payments';

  test('nothing is changed while people work on it', () => {
    expect(said('maintenance', { workload: { ...workload, maintenanceWindows: [shut, open] } })).toBe(
      'deny: people are at work on it as planned (sat 12:30-14:00 Europe/Berlin) (sat 12:30-14:00 Europe/Berlin; ' +
        `daily 14:00-15:00 Europe/Berlin; sat 12:30-14:00 Europe/Berlin; ${source})`,
    );
    expect(said('maintenance', { workload: { ...workload, maintenanceWindows: [shut] } })).toBe(
      `allow: no maintenance window is open (none is open; daily 14:00-15:00 Europe/Berlin; ${source})`,
    );
    expect(said('maintenance')).toBe(`allow: no maintenance window is open (none is open; none; ${source})`);
    expect(said('maintenance', { workload: { ...workload, quietHours: [open] } })).toMatch(/^allow/);
  });

  test('a person decides in quiet hours', () => {
    expect(said('quiet-hours', { workload: { ...workload, quietHours: [open] } })).toBe(
      'ask: nothing is changed in quiet hours without a person (sat 12:30-14:00 Europe/Berlin) ' +
        `(sat 12:30-14:00 Europe/Berlin; sat 12:30-14:00 Europe/Berlin; ${source})`,
    );
    expect(said('quiet-hours', { workload: { ...workload, maintenanceWindows: [open] } })).toBe(
      `allow: these are no quiet hours (none is open; none; ${source})`,
    );
  });
});
