import fc from 'fast-check';
import { creditIncident, creditRelapse } from '../../../core/learning/credit.ts';
import { defaultCatalogue as catalogue } from '../../../core/learning/default-catalogue.ts';
import { applyDeltas, discount, handOn, rebaseDeltas, type QTable } from '../../../core/learning/evidence.ts';
import { creditFeedback } from '../../../core/learning/feedback.ts';
import { posteriorOf } from '../../../core/learning/posterior.ts';
import { corrections, tableDifferences } from '../../../core/learning/rebuild.ts';
import { tablesOf } from '../../../core/model/snapshot.ts';
import type { Experience } from '../../../core/shared/ports.ts';
import { epochMs } from '../../../core/shared/units.ts';
import { checkLearning } from '../../../lambdas/learning-check/learning-check.ts';

type Event = 'heal' | 'fail' | 'relapse' | 'praise' | 'doubt' | 'discount' | 'rebase' | 'handOn';
const events = fc.array(
  fc.constantFrom<Event>('heal', 'heal', 'fail', 'relapse', 'praise', 'doubt', 'discount', 'rebase', 'handOn'),
  { minLength: 1, maxLength: 60 },
);

const seen = (...present: string[]) =>
  Object.fromEntries(catalogue.symptoms.map(({ id }) => [id, present.includes(id)]));

const deltasOf = (event: Event, table: QTable, log: readonly Experience[]): Experience['deltas'] => {
  const step = { action: 'restart', recovered: event === 'heal', minutes: 3, worse: false };
  const last = log.findLast(({ kind }) => kind === 'incident');
  switch (event) {
    case 'heal':
    case 'fail':
      return creditIncident({
        catalogue,
        table,
        symptoms: seen('latHigh', 'healthFail'),
        steps: [{ ...step, relapsed: event === 'heal' ? false : null }],
      });
    case 'relapse':
      return creditRelapse(last?.deltas ?? []);
    case 'praise':
      return creditFeedback(last?.deltas ?? [], { resolved: true, rating: 'too_slow' });
    case 'doubt':
      return creditFeedback(last?.deltas ?? [], { resolved: false, rating: 'wrong' });
    case 'discount':
      return discount(table, 0.5);
    case 'rebase':
      return rebaseDeltas(table);
    case 'handOn':
      return handOn(table, 0.5);
  }
};

const KINDS = {
  heal: 'incident',
  fail: 'incident',
  relapse: 'relapse',
  praise: 'feedback',
  doubt: 'feedback',
  discount: 'discount',
  rebase: 'rebase',
  handOn: 'handed_on',
} as const;

/** A tier's life: each event is added to the table and written to the log. */
const live = (life: readonly Event[]): { readonly table: QTable; readonly log: readonly Experience[] } => {
  let table: QTable = new Map();
  const log: Experience[] = [];
  life.forEach((event, index) => {
    const deltas = deltasOf(event, table, log);
    table = applyDeltas(table, deltas);
    log.push({ executionId: `e${index}`, kind: KINDS[event], tier: 'web', at: epochMs(index), deltas });
  });
  return { table, log };
};

test('the table is the sum of its log, relapses, ratings, discounts, rebases and what was handed on included', () => {
  fc.assert(
    fc.property(events, (life) => {
      const { table, log } = live(life);
      expect(tableDifferences(new Map([['web', table]]), tablesOf([...log].reverse()))).toEqual([]);
    }),
    { numRuns: 60 },
  );
});

test('a rebase changes no probability, and sets the clocks to zero', () => {
  const { table } = live(['heal', 'fail', 'heal', 'discount', 'heal', 'fail']);
  const after = applyDeltas(table, rebaseDeltas(table));
  const [before, now] = [table, after].map((rows) => posteriorOf(catalogue, 'prod', rows));
  now?.cure.forEach((probability, cell) => expect(probability).toBeCloseTo(before?.cure[cell] ?? NaN, 9));
  expect(after.get('deadlock')?.['touched.restart']).toBeCloseTo(0, 9);
});

test('a number that was changed by hand is found, and corrected without losing what was learned meanwhile', () => {
  const { table, log } = live(['heal', 'heal', 'fail']);
  const damaged = applyDeltas(table, [{ hypothesis: 'deadlock', add: { 'fixed.restart': 5 } }]);
  const found = tableDifferences(new Map([['web', damaged]]), tablesOf(log));
  expect(found).toMatchObject([{ tier: 'web', row: 'deadlock', attribute: 'fixed.restart' }]);
  const meanwhile = [{ hypothesis: 'deadlock', add: { mix: 1 } }];
  const corrected = applyDeltas(applyDeltas(damaged, meanwhile), corrections(found, 'web'));
  expect(tableDifferences(new Map([['web', corrected]]), new Map([['web', applyDeltas(table, meanwhile)]]))).toEqual(
    [],
  );
});

test('a row that has gone missing, and one that is in no log, are found', () => {
  const { table, log } = live(['heal']);
  const [first = ''] = [...table.keys()];
  const without = new Map([...table].filter(([row]) => row !== first));
  expect(tableDifferences(new Map([['web', without]]), tablesOf(log)).map(({ row }) => row)).toContain(first);
  const more = new Map([
    ['web', table],
    ['queue', new Map([['blip', { mix: 1 }]])],
  ]);
  expect(tableDifferences(more, tablesOf(log))).toMatchObject([{ tier: 'queue', row: 'blip', stored: 1, rebuilt: 0 }]);
});

describe('the check', () => {
  const { table, log } = live(['heal', 'fail']);

  test('waits for a table that stands still', async () => {
    const earlier = new Map([...table].slice(1));
    const readings = [new Map([['web', earlier]]), new Map([['web', table]])];
    const check = await checkLearning({
      log: { all: () => Promise.resolve(log) },
      tables: () => Promise.resolve(readings.shift() ?? new Map([['web', table]])),
    });
    expect(check).toEqual({ experiences: 2, rows: table.size, differences: [] });
  });

  test('judges nothing when it never does', async () => {
    let reading = 0;
    const tables = () => Promise.resolve(new Map([['web', new Map([['blip', { mix: (reading += 1) }]])]]));
    await expect(checkLearning({ log: { all: () => Promise.resolve(log) }, tables })).rejects.toThrow(
      /changed during each/,
    );
  });
});
