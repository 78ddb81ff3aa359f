import type { FrozenTables } from '../contracts/model.ts';
import { CELL_COUNTS, HANDED_ON, cellAttribute, countOf, type EvidenceRow } from '../learning/evidence.ts';
import { PROMOTION } from './promotion-tests.ts';

/** Outcomes behind what a row says about an action, own and handed on. */
const observations = (row: EvidenceRow | undefined, action: string): number =>
  ['', HANDED_ON].reduce(
    (sum, prefix) =>
      sum +
      countOf(row, prefix + cellAttribute('fixed', action)) +
      countOf(row, prefix + cellAttribute('failed', action)),
    0,
  );

/** Attributes of one action's cell, own and handed on. */
const cellOf = (action: string): string[] =>
  ['', HANDED_ON].flatMap((prefix) => CELL_COUNTS.map((count) => prefix + cellAttribute(count, action)));

const rowKeys = (tables: FrozenTables): readonly (readonly [tier: string, hypothesis: string])[] =>
  Object.entries(tables).flatMap(([tier, rows]) => Object.keys(rows).map((hypothesis) => [tier, hypothesis] as const));

/**
 * Lets the champion speak where the candidate has seen too little: a cell with fewer than three outcomes has the
 * champion's numbers, whatever the candidate's are. What a candidate does differently, it does on evidence.
 *
 * @see Laroche, Trichelair, Tachet des Combes, Safe Policy Improvement with Baseline Bootstrapping (ICML 2019); there it is
 * the action that is bootstrapped, here the cell, so that a version stays one table that is loaded with one request
 */
export const bootstrapOn = (
  champion: FrozenTables,
  candidate: FrozenTables,
  actions: readonly string[],
): FrozenTables => {
  const tables: Record<string, Record<string, EvidenceRow>> = {};
  for (const [tier, hypothesis] of [...rowKeys(champion), ...rowKeys(candidate)]) {
    const [ours, theirs] = [candidate[tier]?.[hypothesis], champion[tier]?.[hypothesis]];
    const row: Record<string, number> = { ...ours };
    for (const action of actions) {
      if (observations(ours, action) >= PROMOTION.thinEvidence) continue;
      for (const attribute of cellOf(action)) {
        delete row[attribute];
        const value = countOf(theirs, attribute);
        if (value > 0) row[attribute] = value;
      }
    }
    if (Object.keys(row).length > 0) (tables[tier] ??= {})[hypothesis] = row;
  }
  return tables as FrozenTables;
};

/** Cells in which a candidate differs from its champion on fewer than three outcomes. */
export const thinCells = (champion: FrozenTables, candidate: FrozenTables, actions: readonly string[]): string[] => {
  const keys = new Map([...rowKeys(champion), ...rowKeys(candidate)].map((key) => [key.join('/'), key]));
  return [...keys.values()].flatMap(([tier, hypothesis]) => {
    const [ours, theirs] = [candidate[tier]?.[hypothesis], champion[tier]?.[hypothesis]];
    return actions
      .filter((action) => observations(ours, action) < PROMOTION.thinEvidence)
      .filter((action) => cellOf(action).some((name) => Math.abs(countOf(ours, name) - countOf(theirs, name)) > 1e-9))
      .map((action) => `${tier}/${hypothesis}/${action}`);
  });
};
