import { ESCALATE, type ActionId, type Catalogue, type HypothesisId } from './catalogue.ts';
import type { Symptoms } from './belief.ts';

/** A runbook says "almost never, rarely, half the time, mostly, nearly always", not .88. */
const ROUNDED = [0.05, 0.25, 0.5, 0.75, 0.95] as const;

const rounded = (probability: number): number =>
  ROUNDED.reduce((best, level) => (Math.abs(level - probability) < Math.abs(best - probability) ? level : best));

/**
 * What the expert takes for the cause: the most likely fault by rounded likelihoods, with a prior half-way between the
 * production mix and "all equally often". It learns nothing and does not change its mind after a failure.
 */
export const runbookDiagnosis = (catalogue: Catalogue, symptoms: Symptoms): HypothesisId => {
  const total = catalogue.hypotheses.reduce((sum, { mix }) => sum + mix.prod, 0);
  const scores = catalogue.hypotheses.map((row) => {
    const share = (total > 0 ? row.mix.prod / total : 0) / 2 + 1 / catalogue.hypotheses.length / 2;
    return catalogue.symptoms.reduce((score, { id, background }) => {
      const present = symptoms[id];
      if (typeof present !== 'boolean') return score;
      const probability = rounded(row.symptoms[id] ?? background);
      return score + Math.log(present ? probability : 1 - probability);
    }, Math.log(share));
  });
  const best = scores.indexOf(Math.max(...scores));
  return (catalogue.hypotheses[best] as Catalogue['hypotheses'][number]).id;
};

/**
 * What the expert runbook would do now: the first action of its list for the supposed cause that is
 * allowed and was not tried; then escalate. The baseline that learning has to beat.
 */
export const runbookAction = (
  catalogue: Catalogue,
  {
    symptoms,
    tried,
    allowed,
  }: {
    readonly symptoms: Symptoms;
    readonly tried: readonly { readonly action: ActionId }[];
    readonly allowed: readonly ActionId[];
  },
): ActionId => {
  const cause = runbookDiagnosis(catalogue, symptoms);
  const list = catalogue.hypotheses.find(({ id }) => id === cause)?.runbook ?? [];
  return list.find((id) => allowed.includes(id) && !tried.some(({ action }) => action === id)) ?? ESCALATE;
};
