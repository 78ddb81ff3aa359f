import * as z from 'zod';

const WallTimeSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time of day like 22:30');
export const WeekdaySchema = z.enum(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun']);
export type Weekday = z.output<typeof WeekdaySchema>;

const isTimeZone = (name: string): boolean => {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
};

/** A time zone of the IANA database, as `Intl` knows it. */
const TimeZoneSchema = z.string().refine(isTimeZone, 'must be a time zone like Europe/Berlin or UTC');

/** Every week, by the clock on the wall; one that ends at or before it starts ends on the next day. */
export const WeeklyWindowSchema = z.strictObject({
  /** Days on which it starts; left out: every day. */
  days: z.array(WeekdaySchema).min(1).optional(),
  from: WallTimeSchema,
  to: WallTimeSchema,
  timeZone: TimeZoneSchema,
});
export type WeeklyWindow = z.output<typeof WeeklyWindowSchema>;

/** Once, from one instant until another; `pausedBy` where a person asked for it, who can end it as well. */
export const OnceWindowSchema = z
  .strictObject({
    from: z.iso.datetime({ offset: true }),
    until: z.iso.datetime({ offset: true }),
    pausedBy: z.string().min(1).optional(),
  })
  .refine(({ from, until }) => Date.parse(from) < Date.parse(until), 'must end after it starts');

export const TimeWindowSchema = z.union([WeeklyWindowSchema, OnceWindowSchema]);
export type TimeWindow = z.output<typeof TimeWindowSchema>;
