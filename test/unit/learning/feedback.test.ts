import fc from 'fast-check';
import { creditIncident } from '../../../core/learning/credit.ts';
import { defaultCatalogue as catalogue } from '../../../core/learning/default-catalogue.ts';
import { applyDeltas } from '../../../core/learning/evidence.ts';
import { creditFeedback, FEEDBACK_WEIGHT, feedbackExperience } from '../../../core/learning/feedback.ts';
import { ledgerDeltas } from '../../../core/learning/ledger.ts';
import { posteriorOf } from '../../../core/learning/posterior.ts';
import { epochMs } from '../../../core/shared/units.ts';

const seen = (...present: string[]) =>
  Object.fromEntries(catalogue.symptoms.map(({ id }) => [id, present.includes(id)]));
const credit = (recovered: boolean) =>
  creditIncident({
    catalogue,
    table: new Map(),
    symptoms: seen('latHigh', 'healthFail'),
    steps: [{ action: 'restart', recovered, minutes: 3, worse: false, relapsed: recovered ? false : null }],
  });
const LEDGER = ledgerDeltas([{ modelVersion: 'live', hypothesis: 'deadlock', action: 'restart', healed: true }]);

const ratings = fc.record({
  resolved: fc.boolean(),
  rating: fc.constantFrom('helpful' as const, 'too_slow' as const, 'wrong' as const),
});
const cureAfter = (rating: Parameters<typeof creditFeedback>[1]): number => {
  const healed = applyDeltas(new Map(), credit(true));
  const cure = (table: typeof healed) => {
    const { hypotheses, actions, cure: matrix } = posteriorOf(catalogue, 'prod', table);
    return matrix[hypotheses.indexOf('deadlock') * actions.length + actions.indexOf('restart')] ?? NaN;
  };
  return cure(applyDeltas(healed, creditFeedback(credit(true), rating))) - cure(healed);
};

test('a cure is confirmed by who says that it helped, and doubted by who says that it did not or was wrong', () => {
  expect(cureAfter({ resolved: true, rating: 'helpful' })).toBeGreaterThan(0);
  expect(cureAfter({ resolved: true, rating: 'too_slow' })).toBeGreaterThan(0);
  expect(cureAfter({ resolved: false, rating: 'helpful' })).toBeLessThan(0);
  expect(cureAfter({ resolved: true, rating: 'wrong' })).toBeLessThan(0);
});

test('whatever is said weighs a quarter of what was measured, and only adds', () => {
  fc.assert(
    fc.property(ratings, (rating) => {
      const measured = credit(true);
      for (const { hypothesis, add } of creditFeedback(measured, rating)) {
        const row = measured.find((one) => one.hypothesis === hypothesis)?.add ?? {};
        const tried = (add['fixed.restart'] ?? 0) + (add['failed.restart'] ?? 0);
        expect(tried).toBeCloseTo(FEEDBACK_WEIGHT * (row['fixed.restart'] ?? 0), 12);
        expect(Object.values(add).every((value) => value > 0)).toBe(true);
      }
    }),
  );
});

test('what is called too slow is remembered as twice as long', () => {
  const minutes = (rating: 'helpful' | 'too_slow') =>
    creditFeedback(credit(true), { resolved: true, rating })[0]?.add['fixMinutes.restart'] ?? NaN;
  expect(minutes('too_slow')).toBeCloseTo(2 * minutes('helpful'), 12);
});

test('neither the clock of a cell nor what an action has earned is touched', () => {
  const deltas = creditFeedback([...credit(true), ...LEDGER], { resolved: true, rating: 'helpful' });
  expect(deltas.flatMap(({ add }) => Object.keys(add)).filter((name) => name.startsWith('touched.'))).toEqual([]);
  expect(deltas.map(({ hypothesis }) => hypothesis).filter((name) => name.startsWith('.ledger'))).toEqual([]);
});

test('an incident that nothing cured teaches nothing by its rating', () => {
  const incident = { executionId: 'inc-1', tier: 'web', at: epochMs(0), deltas: credit(false) };
  expect(feedbackExperience(incident, { resolved: false, rating: 'wrong' }, epochMs(1))).toBeNull();
});

test('the event is named after its incident, so that it counts once', () => {
  const incident = { executionId: 'inc-1', tier: 'web', at: epochMs(0), deltas: credit(true) };
  expect(feedbackExperience(incident, { resolved: true, rating: 'helpful' }, epochMs(1))).toMatchObject({
    executionId: 'inc-1#feedback',
    kind: 'feedback',
    tier: 'web',
    at: 1,
  });
});
