import { UNKNOWN, type ActionId, type Catalogue, type HypothesisId, type SymptomId } from './catalogue.ts';
import type { Posterior } from './posterior.ts';

/**
 * What was seen at the onset: true = present, false = absent. A symptom that is null or missing could not be observed
 * and says nothing; it is not absent.
 */
export type Symptoms = Readonly<Record<SymptomId, boolean | null>>;

/** An action that was taken in this incident and did not end it. `improved` is not recovered, so it counts as unchanged. */
export interface TriedAction {
  readonly action: ActionId;
  readonly outcome: 'unchanged' | 'improved' | 'worse';
}

/**
 * What another diagnosis (topology, logs, a language model) says: relative likelihood per hypothesis, any positive
 * scale; a hypothesis not named is as likely as the most likely one named.
 */
export type Hint = Readonly<Record<HypothesisId, number>>;

/** A hint may make one hypothesis at most this much more likely than another. */
const HINT_RATIO = 10;

/** An action that failed once is this much less likely to cure on the next try. */
export const REPEAT_FACTOR = 0.25;

/** Scales a distribution to sum 1; if nothing is left of it, everything is `unknown` (the last entry). */
export const normalise = (belief: Float64Array): Float64Array => {
  let sum = 0;
  for (const probability of belief) sum += probability;
  if (sum > 0 && Number.isFinite(sum)) return belief.map((probability) => probability / sum);
  return belief.map((_, f) => (f === belief.length - 1 ? 1 : 0));
};

const likelihood = (present: boolean, probability: number): number => (present ? probability : 1 - probability);

/** Weight of each hypothesis by a hint, 0.1 to 1. */
const hintWeights = (hypotheses: readonly HypothesisId[], hint: Hint): number[] => {
  const valid = (value: number | undefined) => (value !== undefined && value > 0 && Number.isFinite(value) ? value : 0);
  const most = Math.max(...hypotheses.map((id) => valid(hint[id])));
  return hypotheses.map((id) =>
    most === 0 || hint[id] === undefined ? 1 : Math.max(valid(hint[id]) / most, 1 / HINT_RATIO),
  );
};

/**
 * Belief at the onset: P(hypothesis | symptoms), symptoms taken as independent given the hypothesis (naive Bayes).
 *
 * @returns one probability per hypothesis of the posterior, in its order; sums to 1
 */
export const priorBelief = (posterior: Posterior, symptoms: Symptoms, hint: Hint = {}): Float64Array => {
  const hints = hintWeights(posterior.hypotheses, hint);
  const belief = posterior.mix.map((share, f) => {
    let weight = share * (hints[f] ?? 1);
    posterior.symptoms.forEach((id, s) => {
      const present = symptoms[id];
      if (typeof present === 'boolean') {
        weight *= likelihood(present, posterior.symptom[f * posterior.symptoms.length + s] ?? 0);
      }
    });
    return weight;
  });
  return normalise(belief);
};

/** Index of an action in the posterior, or -1 for one that the catalogue does not have (it moves no belief). */
const actionIndex = (posterior: Posterior, action: ActionId): number => posterior.actions.indexOf(action);

/**
 * P(outcome | hypothesis) of one step.
 *
 * @param repeats - how often the same action was taken before in this incident
 */
export const outcomeLikelihood = (
  posterior: Posterior,
  f: number,
  {
    action,
    outcome,
    repeats,
  }: { readonly action: ActionId; readonly outcome: TriedAction['outcome'] | 'recovered'; readonly repeats: number },
): number => {
  const a = actionIndex(posterior, action);
  if (a < 0) return 1;
  const cell = f * posterior.actions.length + a;
  const cure = (posterior.cure[cell] ?? 0) * REPEAT_FACTOR ** repeats;
  const worsened = posterior.worsened[cell] ?? 0;
  switch (outcome) {
    case 'recovered':
      return cure;
    case 'worse':
      return (1 - cure) * worsened;
    case 'unchanged':
    case 'improved':
      return (1 - cure) * (1 - worsened);
  }
};

/** How often an action is among the first `end` steps. */
export const countRepeats = (steps: readonly { readonly action: ActionId }[], end: number, action: ActionId): number =>
  steps.slice(0, end).filter((step) => step.action === action).length;

/** Belief after each failed attempt has spoken against what it should have cured. */
export const updateBelief = (
  posterior: Posterior,
  belief: Float64Array,
  tried: readonly TriedAction[],
): Float64Array => {
  const updated = belief.map((probability, f) =>
    tried.reduce(
      (weight, { action, outcome }, index) =>
        weight * outcomeLikelihood(posterior, f, { action, outcome, repeats: countRepeats(tried, index, action) }),
      probability,
    ),
  );
  return normalise(updated);
};

/** A symptom's part in a hypothesis's probability. */
export interface SymptomWeight {
  readonly symptom: SymptomId;
  readonly present: boolean;
  /** Natural logarithm of P(observation | hypothesis) / P(observation | the other hypotheses); positive speaks for it. */
  readonly logLikelihoodRatio: number;
}

/** Which observations speak for and against a hypothesis, the strongest first. */
export const symptomWeights = (posterior: Posterior, f: number, symptoms: Symptoms): SymptomWeight[] => {
  const width = posterior.symptoms.length;
  const others = 1 - (posterior.mix[f] ?? 0);
  return posterior.symptoms
    .flatMap((symptom, s): SymptomWeight[] => {
      const present = symptoms[symptom];
      if (typeof present !== 'boolean') return [];
      let elsewhere = 0;
      posterior.mix.forEach((share, g) => {
        if (g !== f) elsewhere += share * likelihood(present, posterior.symptom[g * width + s] ?? 0);
      });
      const here = likelihood(present, posterior.symptom[f * width + s] ?? 0);
      return [{ symptom, present, logLikelihoodRatio: others > 0 ? Math.log((here * others) / elsewhere) : 0 }];
    })
    .sort((a, b) => Math.abs(b.logLikelihoodRatio) - Math.abs(a.logLikelihoodRatio));
};

/** From which probability on the leading hypothesis counts as `clear`, as `likely`; below it is `vague`. */
const CONFIDENCE = [
  ['clear', 0.75],
  ['likely', 0.45],
] as const;

/**
 * Readable key of an incident's evidence: leading hypothesis, how sure, what was changed; for people and for grouping.
 *
 * @returns for example `badDeploy/clear/recentDeploy` or `blip/vague/unchanged`
 */
export const fingerprintOf = (
  catalogue: Catalogue,
  leading: { readonly hypothesis: HypothesisId; readonly probability: number },
  symptoms: Symptoms,
): string => {
  const confidence = CONFIDENCE.find(([, from]) => leading.probability >= from)?.[0] ?? 'vague';
  const changes = catalogue.symptoms.filter(({ id, change }) => change && symptoms[id] === true).map(({ id }) => id);
  return [leading.hypothesis, confidence, changes.length === 0 ? 'unchanged' : changes.join('+')].join('/');
};

/** P(unknown) in a belief of the posterior's order. */
export const unknownShare = (posterior: Posterior, belief: Float64Array): number =>
  belief[posterior.hypotheses.indexOf(UNKNOWN)] ?? 0;
