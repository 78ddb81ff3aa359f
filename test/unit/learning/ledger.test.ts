import { creditRelapse } from '../../../core/learning/credit.ts';
import { applyDeltas, discount, handOn, type QTable } from '../../../core/learning/evidence.ts';
import {
  handOnLedger,
  hasEarned,
  ledgerDeltas,
  ledgerEntries,
  ledgerEntry,
  lowerBoundOf,
  type LedgerOutcome,
} from '../../../core/learning/ledger.ts';

const VERSION = 'model-stage-20261121-053000-1a2b3c';
const rule = { heals: 20, lowerBound: 0.9 };
const outcome = (healed: boolean, modelVersion = VERSION): LedgerOutcome => ({
  modelVersion,
  hypothesis: 'deadlock',
  action: 'restart',
  healed,
});
const counted = (heals: number, failures = 0, modelVersion = VERSION): QTable =>
  applyDeltas(
    new Map(),
    ledgerDeltas([
      ...Array.from({ length: heals }, () => outcome(true, modelVersion)),
      ...Array.from({ length: failures }, () => outcome(false, modelVersion)),
    ]),
  );
const entryIn = (table: QTable, modelVersion = VERSION) =>
  ledgerEntry(table, { modelVersion, hypothesis: 'deadlock', action: 'restart' });
/** What prod knows after stage has handed its ledger on. */
const promoted = (stage: QTable, prod: QTable = new Map()) => applyDeltas(prod, handOnLedger(stage, VERSION));

test('the bound is the exact one: 29 heals in a row, or 45 and one failure, make 0.9', () => {
  expect(lowerBoundOf(0, 0)).toBe(0);
  expect(lowerBoundOf(28, 0)).toBeLessThan(0.9);
  expect(lowerBoundOf(29, 0)).toBeCloseTo(0.05 ** (1 / 29), 3);
  expect(lowerBoundOf(29, 0)).toBeGreaterThanOrEqual(0.9);
  expect(lowerBoundOf(44, 1)).toBeLessThan(0.9);
  expect(lowerBoundOf(45, 1)).toBeGreaterThanOrEqual(0.9);
});

test('heals in the environment before, at the same version, earn it; one too few does not', () => {
  expect(hasEarned(entryIn(promoted(counted(29))), rule)).toBe(true);
  expect(hasEarned(entryIn(promoted(counted(28))), rule)).toBe(false);
  expect(hasEarned(entryIn(promoted(counted(29))), { ...rule, heals: 30 })).toBe(false);
});

test("an environment's own heals, however many, do not replace those before it", () => {
  expect(hasEarned(entryIn(counted(500)), rule)).toBe(false);
});

test('what was counted at another version earns nothing', () => {
  expect(handOnLedger(counted(40, 0, 'model-stage-20261120-053000-ffffff'), VERSION)).toEqual([]);
  expect(entryIn(counted(40), 'live').lowerBound).toBe(0);
});

test('failing where it was earned takes it away again', () => {
  const failures = applyDeltas(promoted(counted(40)), ledgerDeltas([outcome(false), outcome(false)]));
  expect(hasEarned(entryIn(promoted(counted(40))), rule)).toBe(true);
  expect(hasEarned(entryIn(failures), rule)).toBe(false);
});

test('a relapse counts as a failure, and no longer as a heal', () => {
  const one = ledgerDeltas([outcome(true)]);
  const relapsed = applyDeltas(counted(29), creditRelapse(one));
  expect(entryIn(relapsed).own).toEqual({ healed: 29, failed: 0, relapsed: 1 });
  expect(hasEarned(entryIn(promoted(relapsed)), rule)).toBe(false);
});

test('what was handed on is not handed on again', () => {
  expect(handOnLedger(promoted(counted(40)), VERSION)).toEqual([]);
});

test('evidence that is discounted or handed on leaves the ledger alone', () => {
  const table = applyDeltas(counted(3), [{ hypothesis: 'deadlock', add: { 'fixed.restart': 1 } }]);
  expect(discount(table, 0.5).map(({ hypothesis }) => hypothesis)).toEqual(['deadlock']);
  expect(handOn(table, 0.5).map(({ hypothesis }) => hypothesis)).toEqual(['deadlock']);
});

test('it can be listed, by version, hypothesis and action', () => {
  const table = applyDeltas(promoted(counted(2, 1)), ledgerDeltas([outcome(true), outcome(false, 'live')]));
  expect(ledgerEntries(table)).toMatchObject([
    {
      modelVersion: VERSION,
      hypothesis: 'deadlock',
      action: 'restart',
      own: { healed: 1, failed: 0 },
      handed: { healed: 2, failed: 1 },
    },
    { modelVersion: 'live', own: { healed: 0, failed: 1 }, handed: { healed: 0 } },
  ]);
});
