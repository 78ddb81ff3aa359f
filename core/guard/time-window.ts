import type { TimeWindow, Weekday, WeeklyWindow } from '../contracts/time-window.ts';
import { WeekdaySchema } from '../contracts/time-window.ts';
import { durationMs, epochMs, fromIso, hours, isBefore } from '../shared/units.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';

/**
 * The first of the windows that is open at an instant; null when none is.
 *
 * A weekly window is read by the clock on the wall of its zone. Where its start or end comes twice, or never because the
 * clock is put forward over it, the window lasts from the earliest instant that may be meant to the latest.
 */
export const openWindow = (windows: readonly TimeWindow[], now: EpochMs): TimeWindow | null =>
  windows.find((window) => isOpen(window, now)) ?? null;

const isOpen = (window: TimeWindow, now: EpochMs): boolean => {
  if ('until' in window) return isIn(now, fromIso(window.from), fromIso(window.until));
  // Yesterday's may reach into today; the day is the zone's, not ours.
  const today = wallClock(now, window.timeZone);
  return [-1, 0].some((offset) => isOpenFrom(window, dayAfter(today, offset), now));
};

const isIn = (now: EpochMs, start: EpochMs, end: EpochMs): boolean => !isBefore(now, start) && isBefore(now, end);

/** A date of the calendar, without a zone. */
interface Day {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const isOpenFrom = ({ days, from, to, timeZone }: WeeklyWindow, day: Day, now: EpochMs): boolean => {
  if (days !== undefined && !days.includes(weekdayOf(day))) return false;
  const endDay = to > from ? day : dayAfter(day, 1);
  return isIn(now, instantOf(day, from, timeZone, Math.min), instantOf(endDay, to, timeZone, Math.max));
};

/** Calendar arithmetic in UTC, which has neither gaps nor repetitions; leap days come out right. */
const dayAfter = ({ year, month, day }: Day, count: number): Day => {
  const date = new Date(Date.UTC(year, month - 1, day + count));
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() };
};

const weekdayOf = ({ year, month, day }: Day): Weekday => {
  const sundayFirst = new Date(Date.UTC(year, month - 1, day)).getUTCDay();
  return WeekdaySchema.options[(sundayFirst + 6) % 7] as Weekday;
};

/**
 * The instant at which a wall clock shows a time. One that never comes may be read by the clock from before the change or
 * by that from after it.
 *
 * @param choose - takes one of several instants: the first or the last
 */
const instantOf = (
  day: Day,
  time: string,
  timeZone: string,
  choose: (...instants: readonly number[]) => number,
): EpochMs => {
  const [hour, minute] = time.split(':').map(Number) as [number, number];
  const asUtc = epochMs(Date.UTC(day.year, day.month - 1, day.day, hour, minute));
  // No zone is more than a day from UTC, and none changes its clock twice within two.
  const offsets = [-24, 24].map((away) => offsetAt(epochMs(asUtc + hours(away)), timeZone));
  const candidates = offsets.map((offset) => epochMs(asUtc - offset));
  const shown = candidates.filter((instant, index) => offsetAt(instant, timeZone) === offsets[index]);
  return epochMs(choose(...(shown.length === 0 ? candidates : shown)));
};

/** How far the zone's clocks are ahead of UTC at a whole minute. */
const offsetAt = (instant: EpochMs, timeZone: string): DurationMs => {
  const { year, month, day, hour, minute } = wallClock(instant, timeZone);
  return durationMs(Date.UTC(year, month - 1, day, hour, minute) - instant);
};

const wallClock = (instant: EpochMs, timeZone: string) => {
  const parts = formatterOf(timeZone).formatToParts(instant);
  const read = (wanted: Intl.DateTimeFormatPartTypes): number =>
    Number(parts.flatMap(({ type, value }) => (type === wanted ? [value] : [])).join());
  return {
    year: read('year'),
    month: read('month'),
    day: read('day'),
    hour: read('hour'),
    minute: read('minute'),
  };
};

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Made once per zone: making one takes longer than all of its use. */
const formatterOf = (timeZone: string): Intl.DateTimeFormat => {
  const known = formatters.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
  });
  formatters.set(timeZone, made);
  return made;
};

/** `sat, sun 22:00-04:00 Europe/Berlin`. */
export const windowWords = (window: TimeWindow): string =>
  'until' in window
    ? `${window.from} until ${window.until}`
    : `${window.days?.join(', ') ?? 'daily'} ${window.from}-${window.to} ${window.timeZone}`;
