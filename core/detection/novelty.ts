import { MINUTES_PER_DAY, type SampleRing } from './sample-ring.ts';
import type { TailHistogram } from './tail-histogram.ts';

/** Same time of day: within two hours, on an earlier day. */
const DAYTIME_RADIUS_MINUTES = 120;

/** Middle and width of what was seen, for the relative reading. */
export interface Spread {
  readonly median: number;
  /** Distance from the 2 % to the 98 % quantile, never 0. */
  readonly width: number;
}

/** What is known of one metric when a sample arrives. A stored value is (own value - origin) / unit. */
export interface Metric {
  readonly ring: SampleRing;
  /** One per gauge, in the order of `GAUGES`. */
  readonly histograms: readonly TailHistogram[];
  readonly spread: Spread;
  /** Samples since the start or since the last `forget`. */
  readonly seen: number;
  readonly origin: number;
  readonly unit: number;
}

/** Element at a share of a sorted array, 0 when it is empty. */
export const quantile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? 0;

export const spreadOf = ({ sorted }: SampleRing): Spread => ({
  median: quantile(sorted, 0.5),
  width: quantile(sorted, 0.98) - quantile(sorted, 0.02) || 1,
});

/** Without Math, whose look-up is what costs in the loops below. */
const distanceBetween = (a: number, b: number): number => (a < b ? b - a : a - b);

/** Distance from a value to the most similar kept one; 0 while nothing is kept. */
export const nearestValueDistance = (ring: SampleRing, value: number): number => {
  const [below, above] = ring.neighbours(value);
  const distance = Math.min(value - below, above - value);
  return Number.isFinite(distance) ? distance : 0;
};

/** The same after asinh, which is linear near the median and logarithmic far from it: small absolute, large relative changes count. */
export const relativeDistance = (ring: SampleRing, value: number, { median, width }: Spread): number => {
  const squash = (x: number): number => Math.asinh((x - median) / width);
  const [below, above] = ring.neighbours(value);
  const distance = Math.min(squash(value) - squash(below), squash(above) - squash(value));
  return Number.isFinite(distance) ? distance : 0;
};

/** Stretches of 4, 8, 16 and 32 samples are compared. */
const SHORTEST = 4;
const LONGEST = 32;
const NONE = Number.POSITIVE_INFINITY;

/**
 * Discords: how far the last 4, 8, 16 and 32 samples, the new one included, are from the most similar earlier stretch.
 *
 * A long stretch contains the shorter ones, so one pass with one running maximum serves all four, and the nearest long one
 * is never nearer than the nearest short one. A candidate is left as soon as it cannot improve any length; where the oddest
 * of the recent samples alone is too far, only the lengths without it are compared.
 *
 * @returns per length the smallest over all earlier stretches of the largest absolute difference, 0 without such a stretch
 * @see Keogh, Lin, Fu, HOT SAX: Efficiently Finding the Most Unusual Time Series Subsequence (2005)
 */
export const discords = ({ values }: SampleRing, value: number): readonly number[] => {
  const newest = values.length;
  const recent = new Float32Array(LONGEST);
  for (let back = 1; back < LONGEST; back += 1) recent[back] = values[newest - back] ?? 0;
  recent[0] = value;
  const oddest = oddestOf(recent);
  const oddValue = recent[oddest] ?? 0;
  const before = oddest < 8 ? 4 : oddest < 16 ? 8 : 16;
  let of4 = NONE;
  let of8 = NONE;
  let of16 = NONE;
  let of32 = NONE;
  for (let end = newest - SHORTEST; end >= SHORTEST - 1 && of32 > 0; end -= 1) {
    // a stretch neither overlaps the recent one nor begins before the first sample
    let longest = Math.min(newest - end, end + 1, LONGEST);
    let limit = of32;
    if (oddest < longest && distanceBetween(oddValue, values[end - oddest] ?? 0) >= of32) {
      if (oddest < SHORTEST) continue;
      longest = before;
      limit = before === 4 ? of4 : before === 8 ? of8 : of16;
    }
    let largest = 0;
    for (let back = 0; back < longest; back += 1) {
      const difference = distanceBetween(recent[back] ?? 0, values[end - back] ?? 0);
      if (difference > largest) {
        largest = difference;
        if (largest >= limit) break;
      }
      if (back === 3 && largest < of4) of4 = largest;
      else if (back === 7 && largest < of8) of8 = largest;
      else if (back === 15 && largest < of16) of16 = largest;
      else if (back === 31 && largest < of32) of32 = largest;
    }
  }
  return [of4, of8, of16, of32].map((distance) => (distance === NONE ? 0 : distance));
};

/** Index of the value that is farthest from the mean. */
const oddestOf = (values: Float32Array): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  let oddest = 0;
  for (let i = 1; i < values.length; i += 1) {
    if (distanceBetween(values[i] ?? 0, mean) > distanceBetween(values[oddest] ?? 0, mean)) oddest = i;
  }
  return oddest;
};

/** Values within two hours of the same time of day on earlier days, oldest first. */
export const sameTimeOfDay = (ring: SampleRing, minute: number): Float32Array => {
  const { values, minutes } = ring;
  const found = new Float32Array(values.length);
  let size = 0;
  for (let i = 0; i < values.length;) {
    const age = minute - (minutes[i] ?? 0);
    const days = Math.floor((age + DAYTIME_RADIUS_MINUTES) / MINUTES_PER_DAY);
    if (days < 1) break;
    const last = minute - days * MINUTES_PER_DAY + DAYTIME_RADIUS_MINUTES;
    const next = ring.indexFrom(last + 1);
    const first = Math.max(i, ring.indexFrom(last - 2 * DAYTIME_RADIUS_MINUTES));
    found.set(values.subarray(first, next), size);
    size += next - first;
    i = next;
  }
  return found.subarray(0, size);
};

/** Distance to the nearest value within two hours of the same time of day on earlier days; null before there is any. */
export const daytimeDistance = (ring: SampleRing, value: number, minute: number): number | null => {
  let nearest = NONE;
  for (const earlier of sameTimeOfDay(ring, minute)) {
    const distance = distanceBetween(value, earlier);
    if (distance < nearest) nearest = distance;
  }
  return nearest === NONE ? null : nearest;
};
