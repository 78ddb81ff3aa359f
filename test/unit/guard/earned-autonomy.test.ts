import { decisionFor, limits, restart, said } from './fixture.ts';

describe('earned autonomy', () => {
  const earn = { heals: 20, lowerBound: 0.9 };
  const shown = { hypothesis: 'deadlock', heals: 29, failures: 0, lowerBound: 0.902 };
  const judged = (autonomy: typeof shown | null, rule: typeof earn | null = earn) =>
    said('earned-autonomy', {
      decision: { ...decisionFor(restart), autonomy },
      limits: { ...limits, learning: { earn: rule } },
    });
  const limit = '20 heals, lower bound 0.9; limits.learning.earn';

  test('allows what has healed often and surely enough', () => {
    expect(judged(shown)).toBe(
      'allow: restart has earned it to be done against deadlock without a person ' +
        `(29 lasting heals before, 0 failures, lower bound 0.902; ${limit})`,
    );
    expect(judged({ ...shown, heals: 20, lowerBound: 0.9 })).toMatch(/^allow/);
  });

  test('asks while one of the two is missing', () => {
    expect(judged({ ...shown, heals: 19 })).toBe(
      'ask: restart has not earned it yet to be done against deadlock without a person ' +
        `(19 lasting heals before, 0 failures, lower bound 0.902; ${limit})`,
    );
    expect(judged({ ...shown, lowerBound: 0.8994 })).toMatch(/^ask.*lower bound 0\.899;/);
  });

  test('asks when nothing was ever counted', () => {
    expect(judged(null)).toBe(
      'ask: restart has not earned it yet to be done against the cause without a person ' +
        `(0 lasting heals before, 0 failures, lower bound 0; ${limit})`,
    );
  });

  test('stays quiet where nothing has to be earned', () => {
    expect(judged(null, null)).toBe(
      'allow: restart needs to have earned nothing here ' +
        '(0 lasting heals before, 0 failures, lower bound 0; nothing to be earned here; limits.learning.earn)',
    );
  });
});

test('what a person asked for has to earn nothing: a person confirms it', () => {
  const earn = { heals: 20, lowerBound: 0.9 };
  const decision = { ...decisionFor(restart), requestedBy: 'ada' };
  expect(said('earned-autonomy', { limits: { ...limits, learning: { earn } }, decision })).toBe(
    'allow: ada asked for it, and a person confirms it (0 lasting heals before, 0 failures, lower bound 0; ' +
      '20 heals, lower bound 0.9; limits.learning.earn)',
  );
});
