import { inapplicableActions } from '../../../core/learning/applicability.ts';
import type { ActionId } from '../../../core/contracts/action.ts';
import { ActionIdSchema } from '../../../core/contracts/action.ts';
import { DecisionSchema } from '../../../core/contracts/decision.ts';
import type { Decision } from '../../../core/contracts/decision.ts';
import type { Evidence, Symptom } from '../../../core/contracts/evidence.ts';
import { SymptomSchema } from '../../../core/contracts/evidence.ts';
import { decide } from '../../../core/decision/decide.ts';
import { asRedecision, redecide } from '../../../core/decision/redecide.ts';
import type { Json } from '../../../core/journal/canonical-json.ts';
import { canonicalJson } from '../../../core/journal/canonical-json.ts';
import type { Catalogue } from '../../../core/learning/catalogue.ts';
import { parseCatalogue } from '../../../core/learning/catalogue.ts';
import { defaultCatalogue } from '../../../core/learning/default-catalogue.ts';
import { withoutCures } from '../../../core/learning/restrict.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { randomOf, type Random } from '../../../bench/learning/random.ts';
import { aLimits, anEvidence, aState, isoAt } from '../../support/builders.ts';
import { adversarialTable } from '../learning/fuzz.ts';

const oneOf = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

/** Some evidence as it is, some of it poisoned; only numbers that a store can hold. */
const tableOf = (random: Random) =>
  new Map(
    [...(random() < 0.7 ? adversarialTable(defaultCatalogue, random) : [])].map(([id, row]) => [
      id.replaceAll(' ', ''),
      Object.fromEntries(Object.entries(row).filter(([, value]) => Number.isFinite(value) && Math.abs(value) < 1e100)),
    ]),
  );

const evidenceOf = (random: Random): Evidence => {
  const draw = (): 'present' | 'absent' | 'unknown' => oneOf(random, ['present', 'absent', 'absent', 'unknown']);
  const drawn = SymptomSchema.options.map((symptom) => [symptom, draw()] as const);
  const those = (what: string): Symptom[] => drawn.filter(([, one]) => one === what).map(([symptom]) => symptom);
  const stable = { revision: 'payments:6', deploymentId: 'd6', createdAt: isoAt(-86_400), stable: true };
  const base = anEvidence({ symptoms: { present: those('present'), absent: those('absent') } });
  const some = <T>(items: readonly T[]): T[] => items.filter(() => random() < 0.8);
  return {
    ...base,
    state: aState({ stableRevision: random() < 0.7 ? stable : null, lastChange: 'code' }),
    workload: { ...base.workload, allowedActions: some(base.workload.allowedActions) },
  };
};

const wrong: Catalogue = parseCatalogue({
  ...defaultCatalogue,
  version: 'wrong',
  hypotheses: defaultCatalogue.hypotheses.map((row) => ({ ...row, cures: { wait: 'likely' } })),
});

const decisionOf = (seed: number): Decision => {
  const random = randomOf(seed, 7);
  const env = oneOf(random, ['dev', 'stage', 'prod'] as const);
  const attempt = 1 + Math.floor(random() * 3);
  const tried = Array.from({ length: attempt - 1 }, () => ({
    actionId: oneOf(random, ['wait', 'restart', 'redeploy', 'scaleOut'] as const),
    outcome: oneOf(random, ['unchanged', 'improved', 'worse'] as const),
  }));
  const learning = {
    ...aLimits().learning,
    optimismSd: oneOf(random, [0, 0.3, 0.6, 1]),
    randomise: env === 'prod' ? null : oneOf(random, [null, { rate: 0.5, among: 4 }]),
    gateMinutes: oneOf(random, [0, 0, 4]),
  };
  return decide({
    incidentId: `inc-${seed}`,
    evidence: evidenceOf(random),
    tried,
    attempt,
    limits: aLimits({ env, learning }),
    catalogue: oneOf(random, [defaultCatalogue, withoutCures(defaultCatalogue), wrong]),
    table: tableOf(random),
    modelVersion: 'live',
    sha256,
  });
};

/** As the journal holds it: canonical text, keys in another order, parsed again. */
const stored = (decision: Decision): Decision =>
  DecisionSchema.parse(JSON.parse(canonicalJson(decision as unknown as Json)));
const text = (value: unknown): string => canonicalJson(value as Json);

const decisions = Array.from({ length: 1_000 }, (_, seed) => decisionOf(seed));

test('1,000 stored decisions, made again from their records alone, are the same bit for bit', () => {
  const different = decisions.flatMap((decision, seed) => {
    const record = stored(decision);
    return text(redecide(record)) === text(asRedecision(record)) ? [] : [seed];
  });
  expect(different).toEqual([]);
  const chosen = new Set(decisions.map(({ plan }) => plan.actionId));
  expect([...chosen].length).toBeGreaterThanOrEqual(5);
  expect(decisions.filter(({ draw }) => draw != null).length).toBeGreaterThan(50);
  expect(decisions.filter(({ reason }) => reason.includes('drawn')).length).toBeGreaterThan(5);
});

test('every stated counterfactual, applied, gives the stated choice, and what it rules out is ruled out', () => {
  const stated = decisions.filter(({ counterfactual }) => counterfactual !== null);
  for (const decision of stated) {
    const { symptom = '', action } = decision.counterfactual ?? {};
    const symptoms = { ...decision.replay?.symptoms, [symptom]: false };
    const again = redecide(stored(decision), { changes: { symptoms } });
    expect(again.actionId).toBe(action);
    expect(again.actionId).not.toBe(decision.plan.actionId);
    const catalogue = parseCatalogue(decision.replay?.catalogue);
    const inapplicable = inapplicableActions(catalogue, symptoms, {}).map((one) => one.action as ActionId);
    expect(inapplicable).not.toContain(again.actionId);
  }
  expect(stated.length).toBeGreaterThan(100);
});

test('with other evidence it may be another choice, and what the workload ruled out stays so', () => {
  const others = decisions.slice(0, 200).map((decision) => redecide(decision, { table: new Map() }));
  expect(others.some(({ actionId }, index) => actionId !== decisions[index]?.plan.actionId)).toBe(true);
  others.forEach(({ actionId, candidates }) => {
    expect(candidates.find((candidate) => candidate.actionId === actionId)?.masked).toBeNull();
    expect(candidates.map((candidate) => candidate.actionId)).toEqual(ActionIdSchema.options);
  });
});

test('in prod nothing is drawn', () => {
  expect(decisions.filter(({ replay, draw }) => replay?.environment === 'prod' && draw != null)).toEqual([]);
});

test('a record of before says that it cannot be made again', () => {
  const { replay: _, ...old } = decisions[0] as Decision;
  expect(() => redecide(old)).toThrow(/before decisions kept/);
});
