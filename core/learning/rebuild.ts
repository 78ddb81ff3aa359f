import { decayOf, type EvidenceDelta, type QTable } from './evidence.ts';

/** Rows by service tier. */
export type Tables = ReadonlyMap<string, QTable>;

/** A number that the table and the log disagree on, both as they count today. */
export interface TableDifference {
  readonly tier: string;
  readonly row: string;
  readonly attribute: string;
  readonly stored: number;
  readonly rebuilt: number;
  /** What must be added to the stored number, as it is stored, to make it that of the log. */
  readonly missing: number;
}

/** Sums of the same fractions in another order differ by less; one outcome moves a number by 0.01 at least. */
const TOLERANCE = 1e-6;

/** Counts of a cell carry its action after the first dot and fade with its clock; everything else counts as it is. */
const fadeOf = (row: Readonly<Record<string, number>>, attribute: string): number => {
  const plain = attribute.replace(/^handed\./, '');
  const action = plain.slice(plain.indexOf('.') + 1);
  return /^(touched|yes|no|mix)\b/.test(plain) ? 1 : decayOf(row, action);
};

const EMPTY: Readonly<Record<string, number>> = {};

/**
 * What a table differs in from the sum of its log.
 *
 * Numbers are held against each other as they count today: what is 1e-6 of an old outcome is nothing.
 *
 * @param rebuilt - the sum of the log
 * @returns nothing when they are equal to 1e-6
 */
export const tableDifferences = (stored: Tables, rebuilt: Tables, tolerance = TOLERANCE): TableDifference[] => {
  const tiers = [...new Set([...stored.keys(), ...rebuilt.keys()])].sort();
  return tiers.flatMap((tier) => {
    const [mine, theirs] = [stored.get(tier), rebuilt.get(tier)];
    const rows = [...new Set([...(mine?.keys() ?? []), ...(theirs?.keys() ?? [])])].sort();
    return rows.flatMap((name) =>
      rowDifferences(tier, name, mine?.get(name) ?? EMPTY, theirs?.get(name) ?? EMPTY, tolerance),
    );
  });
};

const rowDifferences = (
  tier: string,
  row: string,
  stored: Readonly<Record<string, number>>,
  rebuilt: Readonly<Record<string, number>>,
  tolerance: number,
): TableDifference[] => {
  const attributes = [...new Set([...Object.keys(stored), ...Object.keys(rebuilt)])].sort();
  return attributes.flatMap((attribute) => {
    const missing = (rebuilt[attribute] ?? 0) - (stored[attribute] ?? 0);
    const fade = row.startsWith('.') ? 1 : fadeOf(rebuilt, attribute);
    if (Math.abs(missing * fade) <= tolerance) return [];
    const today = (value: number | undefined) => (value ?? 0) * fade;
    return [{ tier, row, attribute, stored: today(stored[attribute]), rebuilt: today(rebuilt[attribute]), missing }];
  });
};

/** What makes one tier's table the sum of its log again. It is added, like everything else: what is learned meanwhile stays. */
export const corrections = (differences: readonly TableDifference[], tier: string): EvidenceDelta[] => {
  const ofTier = differences.filter((difference) => difference.tier === tier);
  return [...new Set(ofTier.map(({ row }) => row))].map((row) => ({
    hypothesis: row,
    add: Object.fromEntries(
      ofTier.filter((difference) => difference.row === row).map(({ attribute, missing }) => [attribute, missing]),
    ),
  }));
};
