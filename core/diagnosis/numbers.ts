/**
 * Sum that does not depend on the order of the terms, to the last bit.
 *
 * Floating-point addition is not associative; adding in order of size keeps rankings equal when nodes or edges arrive shuffled.
 */
export const stableSum = (terms: readonly number[]): number => {
  if (terms.length < 3) return (terms[0] ?? 0) + (terms[1] ?? 0);
  return [...terms].sort((a, b) => a - b).reduce((sum, term) => sum + term, 0);
};

/** Sum of the values of one node over its rows; missing rows count as nothing. Rows are in time order, so this is stable as it is. */
export const total = (rows: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < rows.length; i += 1) {
    const value = rows[i] as number;
    if (!Number.isNaN(value)) sum += value;
  }
  return sum;
};

/** Middle value; the mean of the two middle ones for an even count; undefined for none. */
export const median = (values: readonly number[]): number | undefined => {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
};

/** Limits a value to `[low, high]`. */
export const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));
