import type { Catalogue } from '../../core/learning/catalogue.ts';
import { randomOf } from './random.ts';

/** Share of the catalogue's rows that a bad prior has wrong (goal R10). */
const SHARE = 0.35;

const shuffled = <T>(items: readonly T[], random: () => number): T[] =>
  items
    .map((item) => ({ item, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ item }) => item);

/**
 * A catalogue whose author was wrong about a third of the faults: in those rows, what is said of one action stands at
 * another. The runbook's lists stay right: it is the expert that a bad catalogue is compared with.
 */
export const shuffleCures = (catalogue: Catalogue, seed: number): Catalogue => {
  const random = randomOf(seed);
  const wrong = new Set(
    shuffled([...catalogue.hypotheses.keys()], random).slice(0, Math.round(SHARE * catalogue.hypotheses.length)),
  );
  const ids = catalogue.actions.map(({ id }) => id);
  return {
    ...catalogue,
    hypotheses: catalogue.hypotheses.map((row, f) => {
      if (!wrong.has(f)) return row;
      const moved = shuffled(ids, random);
      const rename = <T>(record: Readonly<Record<string, T>>): Record<string, T> =>
        Object.fromEntries(Object.entries(record).map(([id, value]) => [moved[ids.indexOf(id)] ?? id, value]));
      return { ...row, cures: rename(row.cures), relapse: rename(row.relapse), worsened: rename(row.worsened) };
    }),
  };
};
