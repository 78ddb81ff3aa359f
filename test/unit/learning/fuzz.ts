import { randomOf, type Random } from '../../../bench/learning/random.ts';
import type { DecisionRequest } from '../../../core/learning/choice.ts';
import type { TriedAction } from '../../../core/learning/belief.ts';
import { UNKNOWN, type Catalogue } from '../../../core/learning/catalogue.ts';
import {
  CELL_COUNTS,
  HANDED_ON,
  MIX,
  cellAttribute,
  symptomAttribute,
  type EvidenceRow,
  type QTable,
} from '../../../core/learning/evidence.ts';

/** Numbers that no honest outcome writes, and some that one does. */
const POISON = [0, 1, 3.5, 20, -1, -1e9, 1e9, 1e300, Number.MAX_VALUE, Number.MIN_VALUE, NaN, Infinity, -Infinity];

const oneOf = <T>(random: Random, items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;

const attributesOf = (catalogue: Catalogue): string[] => {
  const own = [
    MIX,
    ...catalogue.symptoms.flatMap(({ id }) => [symptomAttribute('yes', id), symptomAttribute('no', id)]),
    ...catalogue.actions.flatMap(({ id }) =>
      [...CELL_COUNTS, 'touched' as const].map((count) => cellAttribute(count, id)),
    ),
  ];
  return [...own, ...own.map((name) => HANDED_ON + name), 'nonsense', '__proto__', 'fixed.'];
};

/** A table that was damaged, poisoned or written by another version. */
export const adversarialTable = (catalogue: Catalogue, random: Random): QTable => {
  const attributes = attributesOf(catalogue);
  const row = (): EvidenceRow =>
    Object.fromEntries(attributes.filter(() => random() < 0.3).map((name) => [name, oneOf(random, POISON)]));
  const hypotheses = [...catalogue.hypotheses.map(({ id }) => id), UNKNOWN, 'of another catalogue'];
  return new Map(hypotheses.filter(() => random() < 0.8).map((id) => [id, row()]));
};

/** Any request: honest or adversarial table, any symptoms, masks, history, exploration and gate. */
export const fuzzedRequest = (catalogue: Catalogue, seed: number): DecisionRequest => {
  const random = randomOf(seed, 99);
  const actions = catalogue.actions.map(({ id }) => id);
  const tried = Array.from({ length: Math.floor(random() * 5) }, (): TriedAction => ({
    action: random() < 0.05 ? 'unheardOf' : oneOf(random, actions),
    outcome: oneOf(random, ['unchanged', 'improved', 'worse'] as const),
  }));
  const share = random();
  return {
    catalogue,
    table: random() < 0.8 ? adversarialTable(catalogue, random) : new Map(),
    ...(random() < 0.2 ? { pool: adversarialTable(catalogue, random) } : {}),
    symptoms: Object.fromEntries(
      catalogue.symptoms.map(({ id }) => [id, oneOf(random, [true, false, false, false, null])]),
    ),
    attempt: Math.floor(random() * 4),
    tried,
    allowed: [...actions.filter(() => random() < share), ...(random() < 0.1 ? ['unheardOf', 'escalate'] : [])],
    optimism: oneOf(random, [0, 0.3, 0.6, 1, 50]),
    maxAttempts: oneOf(random, [0, 1, 3, 5]),
    environment: oneOf(random, ['dev', 'stage', 'prod'] as const),
    ...(random() < 0.3 ? { randomise: { rate: random(), among: Math.floor(random() * 6), draw: random() } } : {}),
    ...(random() < 0.3 ? { gateMinutes: 10 * random() } : {}),
    ...(random() < 0.3 ? { hint: { [oneOf(random, catalogue.hypotheses).id]: oneOf(random, POISON) } } : {}),
  };
};
