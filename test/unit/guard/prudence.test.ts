import type { Risk } from '../../../core/contracts/action.ts';
import { askFromRiskFor, confidenceFloorFor, levelOfRisk, minHealthyPercentFor } from '../../../core/guard/limit.ts';
import { decimalAbove, decimalBelow } from '../../../core/guard/policy.ts';
import { guardChain } from '../../../core/guard/chain.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import { decisionFor, factsOf, hashPlan, limits, policies, restart, said, workload } from './fixture.ts';

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

  test('is theirs to judge who ask for it', () => {
    expect(said('confidence', { decision: { ...decisionFor(restart, 0.1), requestedBy: 'ada' } })).toBe(
      'allow: ada asked for it: whether it helps is theirs to judge ' +
        '(ada asked for it; none for what a person asks for; request)',
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

  test('puts its facts to the policies, and to those of later', () => {
    const put = (askFromRisk: Risk | null) => {
      const facts = factsOf({ limits: { ...limits, askFromRisk } });
      return evaluate(guardChain, facts, hashPlan, policies).policies?.request.facts.reversibility;
    };
    expect(put('medium')).toEqual({ riskLevel: 1, reversible: true, asks: true, askFromLevel: 2 });
    expect(put(null)).toEqual({ riskLevel: 1, reversible: true, asks: false, askFromLevel: 0 });
  });

  test('accepts everything where nobody is asked', () => {
    expect(judged('high', null, false)).toBe(
      'allow: restart cannot be undone and is of high risk: that is accepted here ' +
        '(irreversible, risk high; any risk; limits.askFromRisk)',
    );
  });
});

describe('proportionality', () => {
  type Candidates = ReturnType<typeof decisionFor>['candidates'];
  const rollback = { actionId: 'rollback', fromRevision: '2', toRevision: '1' } as const;
  const candidate = (actionId: Candidates[number]['actionId'], mean: number | null, masked: string | null = null) => ({
    actionId,
    masked,
    recoverProbability: mean === null ? null : { mean, low: 0.1, high: 0.9 },
  });
  const among = (...milder: Candidates) =>
    said('proportionality', {
      decision: { ...decisionFor(rollback, 0.6), candidates: [candidate('rollback', 0.6), ...milder] },
    });
  const rule = 'the mildest of those that are as likely to help; action catalogue';

  test('allows what nothing milder is as likely to replace', () => {
    expect(among(candidate('restart', 0.599))).toBe(
      `allow: rollback is no stronger than the fault warrants (nothing milder is as likely to help; ${rule})`,
    );
  });

  test('denies what is stronger than the fault warrants', () => {
    expect(among(candidate('restart', 0.6), candidate('redeploy', 0.7))).toBe(
      'deny: rollback is stronger than the fault warrants: restart, redeploy would help as likely ' +
        `(restart, redeploy: milder, and as likely to help; ${rule})`,
    );
  });

  test('does not compare with what cannot be done, changes nothing, is as strong, or is not estimated', () => {
    expect(among(candidate('restart', 0.9, 'no task is sick'))).toMatch(/^allow/);
    expect(among(candidate('wait', 0.9))).toMatch(/^allow/);
    expect(among(candidate('scaleIn', 0.9))).toMatch(/^allow/);
    expect(among(candidate('restart', null))).toMatch(/^allow/);
  });

  test('reads the estimate of the chosen action, wherever it stands', () => {
    const candidates = [candidate('restart', 0.3), candidate('rollback', 0.6)];
    expect(said('proportionality', { decision: { ...decisionFor(rollback), candidates } })).toMatch(/^allow/);
    const without = [candidate('restart', 0.3)];
    expect(said('proportionality', { decision: { ...decisionFor(rollback), candidates: without } })).toMatch(
      /^deny: rollback is stronger/,
    );
  });

  test('takes an action without an estimate for one that never helps', () => {
    const decision = {
      ...decisionFor(rollback, null),
      candidates: [candidate('rollback', null), candidate('restart', 0)],
    };
    expect(said('proportionality', { decision })).toMatch(/^deny: rollback is stronger/);
  });
});

describe('limits by criticality', () => {
  const own = { minHealthyPercent: 75, confidenceFloor: 0.6, askFromRisk: 'low' as const };
  const facts = (criticality: 0 | 1 | 2 | 3, changes: Partial<typeof limits> = {}) => ({
    limits: {
      ...limits,
      byCriticality: { 0: own, 3: { minHealthyPercent: 10, confidenceFloor: 0.1, askFromRisk: 'high' as const } },
      ...changes,
    },
    workload: { ...workload, criticality },
  });

  test('are stricter for the more critical, and name where they come from', () => {
    expect(minHealthyPercentFor(facts(0))).toEqual({ value: 75, source: 'limits.byCriticality.0.minHealthyPercent' });
    expect(confidenceFloorFor(facts(0))).toEqual({ value: 0.6, source: 'limits.byCriticality.0.confidenceFloor' });
    expect(askFromRiskFor(facts(0))).toEqual({ value: 'low', source: 'limits.byCriticality.0.askFromRisk' });
    expect(askFromRiskFor(facts(0, { askFromRisk: null }))).toEqual({
      value: 'low',
      source: 'limits.byCriticality.0.askFromRisk',
    });
  });

  test("are the environment's own where nothing is said, where the same is said, and where something laxer is said", () => {
    for (const criticality of [1, 3] as const) {
      expect(minHealthyPercentFor(facts(criticality))).toEqual({ value: 51, source: 'limits.minHealthyPercent' });
      expect(confidenceFloorFor(facts(criticality))).toEqual({ value: 0.5, source: 'limits.confidenceFloor' });
      expect(askFromRiskFor(facts(criticality))).toEqual({ value: 'medium', source: 'limits.askFromRisk' });
    }
    const same = facts(0, { minHealthyPercent: 75, confidenceFloor: 0.6, askFromRisk: 'low' });
    expect(minHealthyPercentFor(same).source).toBe('limits.minHealthyPercent');
    expect(confidenceFloorFor(same).source).toBe('limits.confidenceFloor');
    expect(askFromRiskFor(same).source).toBe('limits.askFromRisk');
    expect(askFromRiskFor(facts(1, { askFromRisk: null }))).toEqual({ value: null, source: 'limits.askFromRisk' });
  });

  test('reach the guards', () => {
    const critical = facts(0);
    expect(said('confidence', { ...critical, decision: decisionFor(restart, 0.55) })).toMatch(
      /^ask: .*at least 0.6; limits.byCriticality.0.confidenceFloor\)$/,
    );
    expect(said('reversibility', critical)).toMatch(/^ask: .*limits.byCriticality.0.askFromRisk\)$/);
    expect(said('blast-radius', critical)).toMatch(/75 % healthy; limits.byCriticality.0.minHealthyPercent\)$/);
  });

  test('risks have an order', () => {
    expect((['none', 'low', 'medium', 'high'] as const).map(levelOfRisk)).toEqual([0, 1, 2, 3]);
  });
});

test('decimals are never rounded to the lax side', () => {
  const args = (value: number) => [decimalBelow(value), decimalAbove(value)].map(({ __extn }) => __extn.arg);
  expect(decimalBelow(0.5)).toEqual({ __extn: { fn: 'decimal', arg: '0.5000' } });
  expect(args(0.49999)).toEqual(['0.4999', '0.5000']);
  expect(args(0.3)).toEqual(['0.3000', '0.3000']);
  expect(args(20)).toEqual(['20.0000', '20.0000']);
  expect(args(0)).toEqual(['0.0000', '0.0000']);
  expect(args(1e12)).toEqual(['1000000000.0000', '1000000000.0000']);
  expect(args(-1e12)).toEqual(['-1000000000.0000', '-1000000000.0000']);
});
