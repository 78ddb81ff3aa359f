/** Samples kept: two weeks at five minutes. */
export const RING_CAPACITY = 4_000;
export const MINUTES_PER_DAY = 1_440;

/** Serialisable content, oldest first. `steps[i]` is the time from sample i-1 to sample i in minutes. */
export interface SampleRingState {
  readonly values: Float32Array;
  readonly steps: Uint16Array;
  /** Time of the newest sample, minutes since the epoch. */
  readonly newestMinute: number;
}

/** Index of the first element that is at least `value`. */
const lowerBound = (sorted: Float32Array | Float64Array, size: number, value: number): number => {
  let low = 0;
  let high = size;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
};

/**
 * The last 4,000 values with their times, in order of arrival and in order of size.
 *
 * Values are held in single precision and times in minutes, live as well as saved, so that saving changes nothing.
 */
export class SampleRing {
  readonly #values = new Float32Array(RING_CAPACITY);
  readonly #minutes = new Float64Array(RING_CAPACITY);
  readonly #sorted = new Float32Array(RING_CAPACITY);
  #size = 0;

  constructor(state?: SampleRingState) {
    if (state === undefined) return;
    this.#size = state.values.length;
    this.#values.set(state.values);
    this.#sorted.set(Float32Array.from(state.values).sort());
    let minute = state.newestMinute;
    for (let i = this.#size - 1; i >= 0; i -= 1) {
      this.#minutes[i] = minute;
      minute -= state.steps[i] ?? 0;
    }
  }

  get state(): SampleRingState {
    const steps = new Uint16Array(this.#size);
    for (let i = 1; i < this.#size; i += 1) steps[i] = (this.#minutes[i] ?? 0) - (this.#minutes[i - 1] ?? 0);
    return { values: this.values.slice(), steps, newestMinute: this.#minutes[this.#size - 1] ?? 0 };
  }

  get size(): number {
    return this.#size;
  }

  /** Values, oldest first: a view, not a copy. */
  get values(): Float32Array {
    return this.#values.subarray(0, this.#size);
  }

  /** Times in minutes, oldest first: a view, not a copy. */
  get minutes(): Float64Array {
    return this.#minutes.subarray(0, this.#size);
  }

  /** Values, smallest first: a view, not a copy. */
  get sorted(): Float32Array {
    return this.#sorted.subarray(0, this.#size);
  }

  /** Adds a sample and drops the oldest one when full. A time before the newest counts as the newest (a clock set back). */
  push(value: number, minute: number): void {
    if (this.#size === RING_CAPACITY) this.#dropOldest();
    const newest = this.#minutes[this.#size - 1] ?? minute;
    this.#shiftTimes(minute - newest);
    this.#values[this.#size] = value;
    this.#minutes[this.#size] = Math.max(minute, newest);
    this.#insertSorted(Math.fround(value));
    this.#size += 1;
  }

  /** The neighbours in size of a value: the largest kept value below or at it and the smallest above or at it. */
  neighbours(value: number): readonly [below: number, above: number] {
    const at = lowerBound(this.#sorted, this.#size, value);
    const below = at > 0 ? this.#sorted[at - 1] : undefined;
    const above = at < this.#size ? this.#sorted[at] : undefined;
    return [below ?? Number.NEGATIVE_INFINITY, above ?? Number.POSITIVE_INFINITY];
  }

  /** Index of the first sample of that minute or later; the number of samples when there is none. */
  indexFrom(minute: number): number {
    return lowerBound(this.#minutes, this.#size, minute);
  }

  /** A gap too long for 16 bits is shortened by whole days: the time of day, which is all that is read, stays. */
  #shiftTimes(gap: number): void {
    if (gap <= 65_535) return;
    const excess = Math.ceil((gap - 65_535) / MINUTES_PER_DAY) * MINUTES_PER_DAY;
    for (let i = 0; i < this.#size; i += 1) this.#minutes[i] = (this.#minutes[i] ?? 0) + excess;
  }

  #dropOldest(): void {
    const at = lowerBound(this.#sorted, this.#size, this.#values[0] ?? 0);
    this.#sorted.copyWithin(at, at + 1, this.#size);
    this.#values.copyWithin(0, 1, this.#size);
    this.#minutes.copyWithin(0, 1, this.#size);
    this.#size -= 1;
  }

  #insertSorted(value: number): void {
    const at = lowerBound(this.#sorted, this.#size, value);
    this.#sorted.copyWithin(at + 1, at, this.#size);
    this.#sorted[at] = value;
  }
}
