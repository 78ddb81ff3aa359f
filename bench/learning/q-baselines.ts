import { priorBelief } from '../../core/learning/belief.ts';
import { ESCALATE, type ActionId, type Catalogue } from '../../core/learning/catalogue.ts';
import { planModelOf, planValues } from '../../core/learning/plan.ts';
import { posteriorOf } from '../../core/learning/posterior.ts';
import { runbookDiagnosis } from '../../core/learning/runbook.ts';
import { createTabularQ, type TabularQ } from '../../core/learning/tabular-q.ts';
import { MAX_ATTEMPTS, type Policy } from './episode.ts';
import type { IncidentView } from './incident.ts';
import { beta, randomOf } from './random.ts';

/** Exploration of the Q baselines: share of decisions drawn at random. */
const EPSILON = 0.1;

/** Reward that plain Q-learning assumes before it has seen anything: about the mean cost of an incident. */
const PLAIN_INITIAL = -25;

/** Actions by index; the last one hands over to a person. */
const actionsOf = (catalogue: Catalogue): ActionId[] => [...catalogue.actions.map(({ id }) => id), ESCALATE];

const allowedIndexes = (actions: readonly ActionId[], view: IncidentView): number[] =>
  actions.flatMap((id, a) => (id === ESCALATE || view.allowed.includes(id) ? [a] : []));

/** Symptom pattern and attempt, as text. */
const stateKey = (view: IncidentView, attempt: number): string =>
  `${Object.entries(view.symptoms)
    .filter(([, present]) => present === true)
    .map(([id]) => id)
    .join(',')}/${attempt}`;

/** Q-learning over symptom patterns; states are numbered in the order in which they are met. */
const qPolicy = (
  name: string,
  catalogue: Catalogue,
  options: {
    readonly incidents: number;
    readonly seed: number;
    readonly learningRate: (visits: number) => number;
    readonly initial: (view: IncidentView, attempt: number) => readonly number[];
  },
): Policy => {
  const actions = actionsOf(catalogue);
  const numbers = new Map<string, number>();
  const initials: (readonly number[])[] = [];
  const table: TabularQ = createTabularQ({
    states: options.incidents * (MAX_ATTEMPTS + 1) + 1,
    actions: actions.length,
    learningRate: options.learningRate,
    discount: 1,
  });
  const stateOf = (view: IncidentView, attempt: number): number => {
    const key = stateKey(view, attempt);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, numbers.size);
    initials.push(options.initial(view, attempt));
    return numbers.size - 1;
  };
  // The table learns the difference to the initial value, so that a state need not be known before it is met.
  const value = (state: number, a: number) => table.value(state, a) + (initials[state]?.[a] ?? 0);
  const bestOf = (state: number, allowed: readonly number[]) =>
    allowed.reduce((best, a) => (value(state, a) > value(state, best) ? a : best), allowed[0] ?? 0);

  return {
    name,
    choose: ({ view, seed }, tried) => {
      const random = randomOf(options.seed, seed, tried.length);
      const allowed = allowedIndexes(actions, view);
      const state = stateOf(view, tried.length);
      const drawn = allowed[Math.floor(random() * allowed.length)] ?? allowed[0] ?? 0;
      return { action: actions[random() < EPSILON ? drawn : bestOf(state, allowed)] ?? ESCALATE };
    },
    learn: (view, attempts, person) => {
      const allowed = allowedIndexes(actions, view);
      const rewards = attempts.map(({ action, cost }) => ({ a: actions.indexOf(action), reward: -cost }));
      if (person !== null) rewards.push({ a: actions.length - 1, reward: -person.cost });
      rewards.forEach(({ a, reward }, attempt) => {
        const state = stateOf(view, attempt);
        const isLast = attempt === rewards.length - 1;
        const following = isLast ? 0 : value(stateOf(view, attempt + 1), bestOf(stateOf(view, attempt + 1), allowed));
        table.update({ state, action: a, reward: reward + following - (initials[state]?.[a] ?? 0), next: null });
      });
    },
  };
};

/** What most people would build: Q-learning over symptom patterns that starts from nothing. */
export const plainQPolicy = (catalogue: Catalogue, incidents: number, seed: number): Policy =>
  qPolicy('plain Q', catalogue, {
    incidents,
    seed,
    learningRate: (visits) => Math.max(0.1, visits ** -0.7),
    // Ties are broken at random, or the first action of the list would be an expert by accident.
    initial: (view, attempt) => {
      const random = randomOf(seed, stateKey(view, attempt).length, attempt);
      return actionsOf(catalogue).map(() => PLAIN_INITIAL + random());
    },
  });

/** The same, started from what the catalogue expects of each pattern; only prior and table, no belief. */
export const warmQPolicy = (catalogue: Catalogue, incidents: number, seed: number): Policy => {
  const posterior = posteriorOf(catalogue, 'prod', new Map());
  const model = planModelOf(posterior, 0);
  const usable = catalogue.actions.map((_, a) => a);
  return qPolicy('warm Q', catalogue, {
    incidents,
    seed,
    learningRate: (visits) => 1 / (4 + visits),
    initial: (view, attempt) => {
      const belief = priorBelief(posterior, view.symptoms);
      const tries = usable.map(() => 0);
      const values = planValues(model, { belief, usable, tries, attemptsLeft: MAX_ATTEMPTS - attempt });
      return [...values.actions.map((cost) => -cost), -values.escalate];
    },
  });
};

/** A contextual bandit: Thompson sampling of "does it recover" per diagnosed fault and action, no look-ahead. */
export const banditPolicy = (catalogue: Catalogue, seed: number): Policy => {
  const counts = new Map<string, { fixed: number; failed: number }>();
  const key = (view: IncidentView, action: ActionId) => `${runbookDiagnosis(catalogue, view.symptoms)}/${action}`;
  return {
    name: 'bandit',
    choose: ({ view, seed: incident }, tried) => {
      const random = randomOf(seed, incident, tried.length, 7);
      const scores = view.allowed
        .filter((action) => !tried.some((attempt) => attempt.action === action))
        .map((action) => {
          const { fixed, failed } = counts.get(key(view, action)) ?? { fixed: 0, failed: 0 };
          return { action, score: beta(random, (fixed + 1) / (fixed + failed + 2), fixed + failed + 2) };
        });
      return { action: scores.sort((a, b) => b.score - a.score)[0]?.action ?? ESCALATE };
    },
    learn: (view, attempts) => {
      for (const { action, recovered } of attempts) {
        const { fixed, failed } = counts.get(key(view, action)) ?? { fixed: 0, failed: 0 };
        counts.set(key(view, action), { fixed: fixed + Number(recovered), failed: failed + Number(!recovered) });
      }
    },
  };
};
