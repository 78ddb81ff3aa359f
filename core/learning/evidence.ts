import type { ActionId, HypothesisId, SymptomId } from './catalogue.ts';

/**
 * Evidence: what was observed, as numbers that are only ever added up.
 *
 * One row per hypothesis (and service tier, which is part of the store's key). A row is one flat record of numbers:
 *
 * | attribute | meaning |
 * | --- | --- |
 * | `mix` | incidents of this hypothesis |
 * | `yes.<symptom>`, `no.<symptom>` | the symptom was present, absent |
 * | `fixed.<action>`, `failed.<action>` | the action cured it, did not |
 * | `worse.<action>`, `same.<action>` | a failure made it worse, changed nothing |
 * | `relapsed.<action>`, `held.<action>` | a cure did not last the hour, lasted |
 * | `fixMinutes.<action>`, `verifyMinutes.<action>` | minutes, summed over cures and over failures |
 * | `touched.<action>` | clock of the cell: how much was ever observed of it |
 *
 * The same names with `handed.` in front hold what another environment handed on.
 *
 * Forgetting must not need a read-modify-write, or concurrent outcomes would be lost. So what is old is not made
 * smaller; what is new is written larger (forward decay: Cormode, Shkapenyuk, Srivastava, Xu, ICDE 2009). An outcome
 * of a cell with clock t is added with weight 0.95^-t, and a reader multiplies all of the cell with 0.95^clock. Additions
 * commute, and each touch makes all earlier ones of that cell count 0.95 of before: at most 20 touches are remembered.
 */
export type EvidenceRow = Readonly<Record<string, number>>;

/** Rows of one environment and tier. A missing row is a row of zeros. */
export type QTable = ReadonlyMap<HypothesisId, EvidenceRow>;

/** Numbers to ADD to one row; never to be put. */
export interface EvidenceDelta {
  readonly hypothesis: HypothesisId;
  readonly add: EvidenceRow;
}

/** What can be counted of one action against one hypothesis. */
export const CELL_COUNTS = [
  'fixed',
  'failed',
  'worse',
  'same',
  'relapsed',
  'held',
  'fixMinutes',
  'verifyMinutes',
] as const;
export type CellCount = (typeof CELL_COUNTS)[number];

/** What one touch of a cell leaves of the earlier ones. */
export const RETENTION = 0.95;

/**
 * Clock at which a cell stops forgetting: 0.95^-4000 is 1e89, and DynamoDB's numbers end at 1e125, which additions of a
 * day's minutes reach after 1e32 outcomes. Live rows are never set back (decision 0069); from here on a cell is an average
 * of all that follows.
 */
export const MAX_CLOCK = 4_000;

/** No count that a reader believes is larger: bounds what a damaged or poisoned row can claim. */
const MAX_COUNT = 1_000;

export const HANDED_ON = 'handed.';
export const MIX = 'mix';
export const cellAttribute = (count: CellCount | 'touched', action: ActionId): string => `${count}.${action}`;
export const symptomAttribute = (seen: 'yes' | 'no', symptom: SymptomId): string => `${seen}.${symptom}`;

/** A stored number as a count: 0 for what no outcome can have written (missing, NaN, infinite, negative). */
export const countOf = (row: EvidenceRow | undefined, attribute: string): number => {
  const value = row?.[attribute];
  return value !== undefined && Number.isFinite(value) && value > 0 ? value : 0;
};

const clockOf = (row: EvidenceRow | undefined, action: ActionId): number =>
  Math.min(countOf(row, cellAttribute('touched', action)), MAX_CLOCK);

/** Weight with which a new outcome of this cell is added. */
export const additionWeight = (row: EvidenceRow | undefined, action: ActionId): number =>
  RETENTION ** -clockOf(row, action);

/** Factor by which the stored numbers of a cell count today, 0 to 1. */
export const decayOf = (row: EvidenceRow | undefined, action: ActionId): number => RETENTION ** clockOf(row, action);

/** A count as a reader may believe it: at most 1,000. */
export const bounded = (count: number): number => Math.min(count, MAX_COUNT);

/** Adds deltas to a table, as the store does. Neither argument is changed. */
export const applyDeltas = (table: QTable, deltas: readonly EvidenceDelta[]): QTable => {
  const next = new Map(table);
  for (const { hypothesis, add } of deltas) {
    const row: Record<string, number> = { ...next.get(hypothesis) };
    for (const [attribute, value] of Object.entries(add)) row[attribute] = (row[attribute] ?? 0) + value;
    next.set(hypothesis, row);
  }
  return next;
};

/** Splits `fixed.restart` into its count and action; undefined for a number that belongs to no cell. */
const cellOf = (attribute: string): { readonly count: CellCount; readonly action: ActionId } | undefined => {
  const plain = attribute.startsWith(HANDED_ON) ? attribute.slice(HANDED_ON.length) : attribute;
  const dot = plain.indexOf('.');
  const count = CELL_COUNTS.find((name) => name === plain.slice(0, dot));
  return count === undefined ? undefined : { count, action: plain.slice(dot + 1) };
};

/** Deltas of all rows of hypotheses; the ledger's rows (their names begin with a dot) are handed on as they are, or not at all. */
const mapRows = (table: QTable, map: (row: EvidenceRow) => EvidenceRow): EvidenceDelta[] =>
  [...table].flatMap(([hypothesis, row]) => (hypothesis.startsWith('.') ? [] : [{ hypothesis, add: map(row) }]));

/** The sum of deltas, one per row: a transaction may touch an item once. */
export const mergeDeltas = (deltas: readonly EvidenceDelta[]): EvidenceDelta[] =>
  [...applyDeltas(new Map(), deltas)].map(([hypothesis, add]) => ({ hypothesis, add }));

/**
 * A row as it counts today with all clocks at zero: how snapshots are stored, and what keeps the stored numbers small.
 */
export const rebase = (row: EvidenceRow): EvidenceRow => {
  const entries = Object.keys(row).flatMap((attribute) => {
    const cell = cellOf(attribute);
    if (attribute.startsWith('touched.')) return [];
    const value = countOf(row, attribute) * (cell === undefined ? 1 : decayOf(row, cell.action));
    return value > 0 ? [[attribute, value] as const] : [];
  });
  return Object.fromEntries(entries);
};

/**
 * The same as numbers to add, so that a rebase is an event of the log like any other. It may only be added to rows that
 * nobody has touched since they were read: an outcome that was weighed by the old clock would weigh too much afterwards.
 */
export const rebaseDeltas = (table: QTable): EvidenceDelta[] =>
  mapRows(table, (row) => {
    const after = rebase(row);
    const changes = Object.entries(row).map(([name, value]) => [name, (after[name] ?? 0) - value] as const);
    return Object.fromEntries(changes.filter(([, change]) => change !== 0));
  });

/**
 * What one environment hands on to the next: everything it knows, own and handed on, at a share of its weight.
 *
 * @param share - 0 to 1; half at each hop is what is used
 * @returns deltas for the next environment's rows, for a table into which nothing was handed before
 */
export const handOn = (table: QTable, share: number): EvidenceDelta[] =>
  mapRows(table, (row) => {
    const add: Record<string, number> = {};
    for (const [attribute, value] of Object.entries(rebase(row))) {
      const name = attribute.startsWith(HANDED_ON) ? attribute : HANDED_ON + attribute;
      add[name] = (add[name] ?? 0) + share * value;
    }
    return add;
  });

/**
 * Makes everything known about the actions of a table count less, for example half after a major deployment. It only
 * moves the cells' clocks, so it commutes with outcomes that are written at the same time.
 *
 * @param share - what remains, 0 to 1 (exclusive of 0)
 */
export const discount = (table: QTable, share: number): EvidenceDelta[] => {
  const ticks = Math.log(share) / Math.log(RETENTION);
  return mapRows(table, (row) => {
    const actions = new Set(Object.keys(row).flatMap((attribute) => cellOf(attribute)?.action ?? []));
    return Object.fromEntries([...actions].map((action) => [cellAttribute('touched', action), ticks]));
  });
};

/**
 * Deltas that were counted elsewhere, as they have to be added to count whole here: a cell in use has a clock, by which what
 * is added to it as it is would be forgotten on arrival.
 */
export const arriving = (deltas: readonly EvidenceDelta[], here: QTable): EvidenceDelta[] =>
  deltas.map(({ hypothesis, add }) => {
    const row = here.get(hypothesis);
    const weigh = ([name, value]: readonly [string, number]) => {
      const cell = cellOf(name);
      return [name, cell === undefined ? value : value * additionWeight(row, cell.action)] as const;
    };
    return { hypothesis, add: Object.fromEntries(Object.entries(add).map(weigh)) };
  });

/**
 * A part of a log as it counts today: its numbers were weighed by the clocks of the whole, so they are read by them too.
 *
 * @param part - the sum of some of the events that `whole` is the sum of
 */
export const atClockOf = (whole: QTable, part: QTable): QTable =>
  new Map(
    [...part].map(([hypothesis, row]) => {
      const clocks = Object.entries(whole.get(hypothesis) ?? {}).filter(([name]) => name.startsWith('touched.'));
      return [hypothesis, { ...row, ...Object.fromEntries(clocks) }] as const;
    }),
  );

/** The sum of several tables as they count today: what all service tiers know together. */
export const poolTables = (tables: readonly QTable[]): QTable => {
  const deltas = tables.flatMap((table) => mapRows(table, rebase));
  return applyDeltas(new Map(), deltas);
};
