import type { Risk } from '../../../core/contracts/action.ts';
import { decisionFor, limits, restart, said } from './fixture.ts';

describe('confidence', () => {
  const mean = (value: number | null) => said('confidence', { decision: decisionFor(restart, value) });
  const source = 'at least 0.5; limits.confidenceFloor';

  test('allows from the floor on and asks below it', () => {
    expect(mean(0.5)).toBe(`allow: restart is likely enough to help (probability 0.5; ${source})`);
    expect(mean(0.49949)).toBe(
      'ask: restart is not likely enough to help to be done without a person ' + `(probability 0.499; ${source})`,
    );
  });

  test('denies without an estimate', () => {
    expect(mean(null)).toBe(`deny: nobody knows how likely restart is to help (no estimate; ${source})`);
    expect(said('confidence', { decision: { ...decisionFor(restart), candidates: [] } })).toMatch(
      /^deny: nobody knows/,
    );
  });

  test("reads the chosen action's estimate, not another's", () => {
    const [chosen] = decisionFor(restart, 0.2).candidates;
    const [better] = decisionFor({ actionId: 'redeploy' }, 0.9).candidates;
    expect(said('confidence', { decision: { ...decisionFor(restart), candidates: [better!, chosen!] } })).toMatch(
      /^ask/,
    );
  });
});

describe('reversibility', () => {
  const judged = (risk: Risk, askFromRisk: Risk | null, reversible = true) =>
    said('reversibility', {
      decision: { ...decisionFor(restart), risk, reversible },
      limits: { ...limits, askFromRisk },
    });

  test('asks from the given risk on', () => {
    expect(judged('low', 'medium')).toBe(
      'allow: restart can be undone, and its risk is accepted here ' +
        '(reversible, risk low; reversible, risk below medium; limits.askFromRisk)',
    );
    expect(judged('medium', 'medium')).toBe(
      'ask: restart is of medium risk, and a person decides that here ' +
        '(reversible, risk medium; reversible, risk below medium; limits.askFromRisk)',
    );
    expect(judged('high', 'medium')).toMatch(/^ask/);
    expect(judged('none', 'none')).toMatch(/^ask/);
  });

  test('accepts every risk where nobody asks', () => {
    expect(judged('high', null)).toBe(
      'allow: restart can be undone, and its risk is accepted here ' +
        '(reversible, risk high; reversible; limits.askFromRisk)',
    );
  });

  test('asks before what cannot be undone, whatever its risk', () => {
    expect(judged('none', null, false)).toBe(
      'ask: restart cannot be undone (irreversible, risk none; reversible; limits.askFromRisk)',
    );
  });
});
