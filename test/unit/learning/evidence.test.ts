import fc from 'fast-check';
import { creditIncident, creditRelapse, responsibilities, type CreditStep } from '../../../core/learning/credit.ts';
import { defaultCatalogue as catalogue } from '../../../core/learning/default-catalogue.ts';
import {
  applyDeltas,
  atClockOf,
  countOf,
  discount,
  handOn,
  poolTables,
  rebase,
  RETENTION,
  type EvidenceDelta,
  type QTable,
} from '../../../core/learning/evidence.ts';
import { posteriorOf } from '../../../core/learning/posterior.ts';
import { adversarialTable } from './fuzz.ts';
import { randomOf } from '../../../bench/learning/random.ts';

const step = (action: string, changes: Partial<CreditStep> = {}): CreditStep => ({
  action,
  recovered: true,
  minutes: 3,
  worse: false,
  relapsed: false,
  ...changes,
});
const symptomsOf = (...present: string[]) =>
  Object.fromEntries(catalogue.symptoms.map(({ id }) => [id, present.includes(id)]));
const poolSymptoms = symptomsOf('latHigh', 'errHigh', 'dbConnSat');
const empty: QTable = new Map();
const learn = (table: QTable, steps: readonly CreditStep[], label?: string): QTable =>
  applyDeltas(
    table,
    creditIncident({ catalogue, table, symptoms: poolSymptoms, steps, ...(label === undefined ? {} : { label }) }),
  );
const cure = (table: QTable, hypothesis: string, action: string): number => {
  const posterior = posteriorOf(catalogue, 'prod', table);
  return (
    posterior.cure[
      posterior.hypotheses.indexOf(hypothesis) * posterior.actions.length + posterior.actions.indexOf(action)
    ] ?? NaN
  );
};

const stepArbitrary: fc.Arbitrary<CreditStep> = fc.record({
  action: fc.constantFrom(...catalogue.actions.map(({ id }) => id)),
  recovered: fc.boolean(),
  minutes: fc.double({ min: 0, max: 60, noNaN: true }),
  worse: fc.boolean(),
  relapsed: fc.constantFrom(true, false, null),
});
const incidentArbitrary = fc.record({
  symptoms: fc.array(fc.constantFrom(...catalogue.symptoms.map(({ id }) => id)), { maxLength: 5 }),
  steps: fc.array(stepArbitrary, { minLength: 1, maxLength: 3 }),
});

test('additions commute: the order in which concurrent outcomes arrive does not matter', () => {
  fc.assert(
    fc.property(fc.array(incidentArbitrary, { minLength: 2, maxLength: 6 }), (incidents) => {
      const deltas = incidents.map(({ symptoms, steps }) =>
        creditIncident({ catalogue, table: empty, symptoms: symptomsOf(...symptoms), steps }),
      );
      const forward = applyDeltas(empty, deltas.flat());
      const backward = applyDeltas(empty, [...deltas].reverse().flat());
      for (const [hypothesis, row] of forward) {
        for (const [attribute, value] of Object.entries(row)) {
          expect(backward.get(hypothesis)?.[attribute]).toBeCloseTo(value, 9);
        }
      }
    }),
    { numRuns: 50 },
  );
});

test('responsibilities sum to one, with any table', () => {
  fc.assert(
    fc.property(incidentArbitrary, fc.integer(), ({ symptoms, steps }, seed) => {
      const table = adversarialTable(catalogue, randomOf(seed));
      const shares = [...responsibilities({ catalogue, table, symptoms: symptomsOf(...symptoms), steps }).values()];
      expect(shares.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
      expect(shares.every((share) => share >= 0)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('a delta holds finite numbers only, whatever the table holds', () => {
  fc.assert(
    fc.property(incidentArbitrary, fc.integer(), ({ symptoms, steps }, seed) => {
      const table = adversarialTable(catalogue, randomOf(seed));
      const deltas = creditIncident({ catalogue, table, symptoms: symptomsOf(...symptoms), steps });
      expect(deltas.flatMap(({ add }) => Object.values(add)).every(Number.isFinite)).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('a cure makes the action more likely to cure, a failure less', () => {
  const before = cure(empty, 'dbPool', 'recyclePool');
  expect(cure(learn(empty, [step('recyclePool')]), 'dbPool', 'recyclePool')).toBeGreaterThan(before);
  const failed = step('recyclePool', { recovered: false, relapsed: null });
  expect(cure(learn(empty, [failed]), 'dbPool', 'recyclePool')).toBeLessThan(before);
});

test('a label takes all the credit', () => {
  const deltas = creditIncident({
    catalogue,
    table: empty,
    symptoms: poolSymptoms,
    steps: [step('wait')],
    label: 'deadlock',
  });
  expect(deltas.map(({ hypothesis }) => hypothesis)).toEqual(['deadlock']);
  expect(deltas[0]?.add['fixed.wait']).toBe(1);
});

test('a label that the catalogue does not have is credited to unknown', () => {
  const deltas = creditIncident({
    catalogue,
    table: empty,
    symptoms: poolSymptoms,
    steps: [step('wait')],
    label: 'gremlins',
  });
  expect(deltas.map(({ hypothesis }) => hypothesis)).toEqual(['unknown']);
});

test('an injected fault says nothing about how often faults come', () => {
  const input = { catalogue, table: empty, symptoms: poolSymptoms, steps: [step('wait')], label: 'deadlock' };
  expect(creditIncident(input)[0]?.add.mix).toBe(1);
  expect(creditIncident({ ...input, injected: true })[0]?.add.mix).toBeUndefined();
});

test('what recovered by itself earns no action any credit', () => {
  const deltas = creditIncident({
    catalogue,
    table: empty,
    symptoms: poolSymptoms,
    steps: [step('restart', { selfRecovered: true })],
  });
  expect(deltas.length).toBeGreaterThan(0);
  expect(deltas.flatMap(({ add }) => Object.keys(add)).filter((name) => name.endsWith('.restart'))).toEqual([]);
});

test('the blame for a failure goes to where the success points', () => {
  const failed = step('recyclePool', { recovered: false, relapsed: null });
  const shares = responsibilities({
    catalogue,
    table: empty,
    symptoms: poolSymptoms,
    steps: [failed, step('restart')],
  });
  const before = responsibilities({ catalogue, table: empty, symptoms: poolSymptoms, steps: [] });
  expect(shares.get('deadlock')).toBeGreaterThan(before.get('deadlock') ?? 1);
  expect(shares.get('dbPool')).toBeLessThan(before.get('dbPool') ?? 0);
});

test('a repeated action counts a quarter', () => {
  const failed = step('wait', { recovered: false, relapsed: null });
  const [delta] = creditIncident({
    catalogue,
    table: empty,
    symptoms: poolSymptoms,
    steps: [failed, failed],
    label: 'depDown',
  });
  expect(delta?.add['failed.wait']).toBeCloseTo(1.25, 12);
});

test('a hypothesis below one per cent is not touched', () => {
  const deltas = creditIncident({ catalogue, table: empty, symptoms: poolSymptoms, steps: [step('recyclePool')] });
  expect(deltas.every(({ add }) => (add.mix ?? 0) >= 0.01)).toBe(true);
});

test('a symptom that could not be observed is not counted as absent', () => {
  const { dbConnSat: _, ...seen } = poolSymptoms;
  const deltas = creditIncident({
    catalogue,
    table: empty,
    symptoms: { ...seen, memHigh: null },
    steps: [step('wait')],
    label: 'dbPool',
  });
  expect(Object.keys(deltas[0]?.add ?? {}).filter((name) => /dbConnSat|memHigh/.test(name))).toEqual([]);
});

test('each touch leaves .95 of what was there: twenty are remembered', () => {
  let table = empty;
  for (let index = 0; index < 300; index++) table = learn(table, [step('wait')], 'depDown');
  const row = rebase(table.get('depDown') ?? {});
  const remembered = RETENTION * (1 / (1 - RETENTION));
  expect(countOf(row, 'fixed.wait')).toBeCloseTo(remembered, 3);
});

test('a changed world is believed within some ten incidents', () => {
  let table = empty;
  for (let index = 0; index < 100; index++) table = learn(table, [step('recyclePool')], 'dbPool');
  expect(cure(table, 'dbPool', 'recyclePool')).toBeGreaterThan(0.95);
  for (let index = 0; index < 15; index++)
    table = learn(table, [step('recyclePool', { recovered: false, relapsed: null })], 'dbPool');
  expect(cure(table, 'dbPool', 'recyclePool')).toBeLessThan(0.55);
});

test('the clock ends before the numbers do', () => {
  const table: QTable = new Map([['depDown', { 'touched.wait': 1e9, 'fixed.wait': 1e80 }]]);
  const [delta] = creditIncident({ catalogue, table, symptoms: poolSymptoms, steps: [step('wait')], label: 'depDown' });
  expect(delta?.add['fixed.wait']).toBeLessThan(1e100);
});

test('a discount halves what counts, and nothing else', () => {
  let table = empty;
  for (let index = 0; index < 4; index++) table = learn(table, [step('wait')], 'depDown');
  const halved = applyDeltas(table, discount(table, 0.5));
  const [before, after] = [rebase(table.get('depDown') ?? {}), rebase(halved.get('depDown') ?? {})];
  expect(countOf(after, 'fixed.wait')).toBeCloseTo(countOf(before, 'fixed.wait') / 2, 9);
  expect(countOf(after, 'mix')).toBe(countOf(before, 'mix'));
});

test('half of what dev knows is handed on, apart from what prod learns itself', () => {
  const dev = learn(empty, [step('wait')], 'depDown');
  const prod = learn(applyDeltas(empty, handOn(dev, 0.5)), [step('wait')], 'depDown');
  expect(prod.get('depDown')).toMatchObject({ 'handed.fixed.wait': (0.475 / RETENTION) * RETENTION, 'fixed.wait': 1 });
  const again = applyDeltas(empty, handOn(prod, 0.5)).get('depDown') ?? {};
  expect(Object.keys(again).every((name) => name.startsWith('handed.'))).toBe(true);
});

test('the mix of faults is not taken over from another environment', () => {
  let dev = empty;
  for (let index = 0; index < 50; index++) dev = learn(dev, [step('wait')], 'depDown');
  const prod = applyDeltas(empty, handOn(dev, 0.5));
  expect(posteriorOf(catalogue, 'prod', prod).mix).toEqual(posteriorOf(catalogue, 'prod', empty).mix);
  expect(cure(prod, 'depDown', 'wait')).toBeGreaterThan(cure(empty, 'depDown', 'wait'));
});

test('rebasing changes no posterior', () => {
  let table = empty;
  for (let index = 0; index < 30; index++)
    table = learn(table, [
      step('restart', { recovered: index % 3 > 0, relapsed: index % 3 > 0 ? index % 2 > 0 : null }),
    ]);
  const rebased: QTable = new Map([...table].map(([id, row]) => [id, rebase(row)]));
  const [a, b] = [posteriorOf(catalogue, 'prod', table), posteriorOf(catalogue, 'prod', rebased)];
  a.cure.forEach((value, index) => expect(b.cure[index]).toBeCloseTo(value, 9));
  a.relapse.forEach((value, index) => expect(b.relapse[index]).toBeCloseTo(value, 9));
});

test('a pool of tiers moves the prior, and own evidence overrules it', () => {
  let tier = empty;
  for (let index = 0; index < 40; index++)
    tier = learn(tier, [step('wait', { recovered: false, relapsed: null })], 'depDown');
  const pool = poolTables([tier]);
  const of = (own: QTable) => {
    const posterior = posteriorOf(catalogue, 'prod', own, pool);
    return posterior.cure[posterior.hypotheses.indexOf('depDown') * posterior.actions.length] ?? NaN;
  };
  expect(of(empty)).toBeLessThan(cure(empty, 'depDown', 'wait') / 2);
  let own = empty;
  for (let index = 0; index < 10; index++) own = learn(own, [step('wait')], 'depDown');
  expect(of(own)).toBeGreaterThan(0.5);
});

test('a later relapse moves one count from held to relapsed', () => {
  const input = { catalogue, table: empty, symptoms: poolSymptoms, steps: [step('restart')], label: 'dbPool' };
  const first = creditIncident(input);
  const correction = creditRelapse(first);
  const row = applyDeltas(empty, [...first, ...correction]).get('dbPool');
  expect(row).toMatchObject({ 'held.restart': 0, 'relapsed.restart': 1, 'fixed.restart': 1 });
});

test('applying deltas changes neither table nor deltas', () => {
  const table: QTable = new Map([['blip', Object.freeze({ mix: 1 })]]);
  const deltas: EvidenceDelta[] = [{ hypothesis: 'blip', add: Object.freeze({ mix: 2, 'yes.errHigh': 1 }) }];
  expect(applyDeltas(table, deltas).get('blip')).toEqual({ mix: 3, 'yes.errHigh': 1 });
  expect(table.get('blip')).toEqual({ mix: 1 });
});

test('a part of a log counts at the clock of the whole: two halves together are the whole', () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { minLength: 1, maxLength: 60 }), (isFirst) => {
      let table: QTable = empty;
      const lessons = isFirst.map((_, index) => {
        const steps = [step('restart', { recovered: index % 3 > 0 })];
        const lesson = creditIncident({ catalogue, table, symptoms: poolSymptoms, steps, label: 'dbPool' });
        table = applyDeltas(table, lesson);
        return lesson;
      });
      const half = (first: boolean): number => {
        const part = applyDeltas(empty, lessons.filter((_, index) => isFirst[index] === first).flat());
        return countOf(rebase(atClockOf(table, part).get('dbPool') ?? {}), 'fixed.restart');
      };
      expect(half(true) + half(false)).toBeCloseTo(countOf(rebase(table.get('dbPool') ?? {}), 'fixed.restart'), 9);
    }),
    { numRuns: 30 },
  );
});
