import { MINUTES_PER_DAY, type SampleRing } from './sample-ring.ts';

/** Same time of day: within two hours, on an earlier day. */
const DAYTIME_RADIUS_MINUTES = 120;

/** Middle and width of what was seen, for the logarithmic view. */
export interface Spread {
  readonly median: number;
  /** Distance from the 2 % to the 98 % quantile, never 0. */
  readonly width: number;
}

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

/**
 * Discord: how far the last `length` samples, the new one included, are from the most similar earlier stretch.
 *
 * @returns the smallest over all earlier stretches of the largest absolute difference, 0 while there is no earlier stretch
 * @see Keogh, Lin, Fu, HOT SAX: Efficiently Finding the Most Unusual Time Series Subsequence (2005)
 */
export const discord = (ring: SampleRing, value: number, length: number): number => {
  const values = ring.values;
  const newest = values.length;
  let nearest = Number.POSITIVE_INFINITY;
  for (let end = newest - length; end >= length - 1; end -= 1) {
    let largest = Math.abs(value - (values[end] ?? 0));
    for (let back = 1; back < length && largest < nearest; back += 1) {
      largest = Math.max(largest, Math.abs((values[newest - back] ?? 0) - (values[end - back] ?? 0)));
    }
    if (largest < nearest) nearest = largest;
    if (nearest === 0) return 0;
  }
  return Number.isFinite(nearest) ? nearest : 0;
};

/** Distance to the nearest value within two hours of the same time of day on earlier days; null before there is any. */
export const daytimeDistance = (ring: SampleRing, value: number, minute: number): number | null => {
  const { values, minutes } = ring;
  let nearest = Number.POSITIVE_INFINITY;
  for (let i = 0; i < values.length; i += 1) {
    const age = minute - (minutes[i] ?? 0);
    if (age < MINUTES_PER_DAY - DAYTIME_RADIUS_MINUTES) break;
    const offset = age % MINUTES_PER_DAY;
    if (offset > DAYTIME_RADIUS_MINUTES && offset < MINUTES_PER_DAY - DAYTIME_RADIUS_MINUTES) continue;
    const distance = Math.abs(value - (values[i] ?? 0));
    if (distance < nearest) nearest = distance;
  }
  return Number.isFinite(nearest) ? nearest : null;
};
