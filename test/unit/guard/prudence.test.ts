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

  const limit = 'risk below medium, irreversible counts one level higher; limits.askFromRisk';

  test('asks from the given risk on', () => {
    expect(judged('low', 'medium')).toBe(
      `allow: restart can be undone and is of low risk: that is accepted here (reversible, risk low; ${limit})`,
    );
    expect(judged('medium', 'medium')).toBe(
      `ask: restart can be undone and is of medium risk: a person decides that here (reversible, risk medium; ${limit})`,
    );
    expect(judged('high', 'medium')).toMatch(/^ask/);
    expect(judged('none', 'none')).toMatch(/^ask/);
  });

  test('asks one level earlier before what cannot be undone', () => {
    expect(judged('none', 'medium', false)).toMatch(/^allow: restart cannot be undone and is of none risk/);
    expect(judged('low', 'medium', false)).toBe(
      `ask: restart cannot be undone and is of low risk: a person decides that here (irreversible, risk low; ${limit})`,
    );
    expect(judged('high', 'high', false)).toMatch(/^ask/);
  });

  test('accepts everything where nobody is asked', () => {
    expect(judged('high', null, false)).toBe(
      'allow: restart cannot be undone and is of high risk: that is accepted here ' +
        '(irreversible, risk high; any risk; limits.askFromRisk)',
    );
  });
});
