import fc from 'fast-check';

export type Shuffle = <T>(items: readonly T[]) => T[];

/** Copies in another order, a new one at each call. */
export const shuffles: fc.Arbitrary<Shuffle> = fc.infiniteStream(fc.nat()).map(
  (keys) =>
    <T>(items: readonly T[]): T[] =>
      [...items]
        .map((item) => ({ item, key: keys.next().value as number }))
        .sort((a, b) => a.key - b.key)
        .map(({ item }) => item),
);
