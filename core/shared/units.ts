/** Time is an argument in `core/`; these brands keep instants, durations and their units apart at function boundaries. */
declare const unit: unique symbol;
type Brand<T, Name extends string> = T & { readonly [unit]: Name };

/** An instant, in milliseconds since the Unix epoch. */
export type EpochMs = Brand<number, 'EpochMs'>;
/** A length of time in milliseconds. */
export type DurationMs = Brand<number, 'DurationMs'>;

/** @throws RangeError when the value is not a finite number */
export const epochMs = (value: number): EpochMs => {
  if (!Number.isFinite(value)) throw new RangeError(`an instant must be a finite number of milliseconds, got ${value}`);
  return value as EpochMs;
};

/** @throws RangeError when the value is not a finite number */
export const durationMs = (value: number): DurationMs => {
  if (!Number.isFinite(value)) throw new RangeError(`a duration must be a finite number of milliseconds, got ${value}`);
  return value as DurationMs;
};

export const seconds = (count: number): DurationMs => durationMs(count * 1_000);
export const minutes = (count: number): DurationMs => durationMs(count * 60_000);
export const hours = (count: number): DurationMs => durationMs(count * 3_600_000);

/** Time from `from` to `to`; negative when `to` is earlier. */
export const elapsed = (from: EpochMs, to: EpochMs): DurationMs => durationMs(to - from);
export const after = (from: EpochMs, by: DurationMs): EpochMs => epochMs(from + by);
export const isBefore = (a: EpochMs, b: EpochMs): boolean => a < b;
export const isLonger = (a: DurationMs, b: DurationMs): boolean => a > b;

/** @throws RangeError when the text is not an ISO 8601 instant */
export const fromIso = (text: string): EpochMs => {
  const value = Date.parse(text);
  if (Number.isNaN(value)) throw new RangeError(`expected an ISO 8601 instant, got '${text}'`);
  return epochMs(value);
};
export const toIso = (instant: EpochMs): string => new Date(instant).toISOString();

/** A duration for people: `850 ms`, `4.2 s`, `3 min 20 s`, `2 h 5 min`. */
export const formatDuration = (duration: DurationMs): string => {
  if (duration < 1_000) return `${Math.round(duration)} ms`;
  if (duration < 60_000) return `${Number((duration / 1_000).toFixed(1))} s`;
  const totalSeconds = Math.round(duration / 1_000);
  if (totalSeconds < 3_600) return join(Math.floor(totalSeconds / 60), 'min', totalSeconds % 60, 's');
  const totalMinutes = Math.round(totalSeconds / 60);
  return join(Math.floor(totalMinutes / 60), 'h', totalMinutes % 60, 'min');
};

const join = (major: number, majorUnit: string, minor: number, minorUnit: string): string =>
  minor === 0 ? `${major} ${majorUnit}` : `${major} ${majorUnit} ${minor} ${minorUnit}`;

/** Always in seconds with a tenth: figures under each other can be compared. Milliseconds in; below zero counts as zero. */
export const inSeconds = (milliseconds: number): string => `${(Math.max(0, milliseconds) / 1_000).toFixed(1)} s`;

/** A share of 0 to 1 as whole percent. */
export const percent = (share: number): string => `${Math.round(share * 100)} %`;
