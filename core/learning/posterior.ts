import {
  CURE_PROBABILITY,
  RELAPSE_PROBABILITY,
  UNKNOWN,
  WORSENED_PROBABILITY,
  type ActionId,
  type Catalogue,
  type HypothesisId,
  type HypothesisRow,
  type MixName,
  type SymptomId,
} from './catalogue.ts';
import {
  HANDED_ON,
  MIX,
  bounded,
  cellAttribute,
  countOf,
  decayOf,
  symptomAttribute,
  type EvidenceRow,
  type QTable,
} from './evidence.ts';

/** What each of the catalogue's statements is worth, in observations (LEARNING §3). */
export const PSEUDO_COUNTS = { cure: 4, worsened: 6, relapse: 8, symptom: 12, mix: 20, minutes: 8 } as const;

/** A learned duration may leave the catalogue's by this factor at most, whatever a row claims. */
const MINUTES_FACTOR = 4;

/** How much evidence stands behind one cell, in observations. */
export interface CellEvidence {
  /** Seen in this environment and tier. */
  readonly own: number;
  /** Seen in all tiers together, as far as a pool was given. */
  readonly pooled: number;
  /** Handed on by another environment, at its discounted weight. */
  readonly transferred: number;
  /** Pseudo-counts of the catalogue. */
  readonly prior: number;
}

/**
 * Catalogue and evidence together: posterior means of every probability that Decide needs.
 *
 * Matrices are flat: cell (f, a) at `f * actions.length + a`, symptom (f, s) at `f * symptoms.length + s`. The last
 * hypothesis is `unknown`.
 */
export interface Posterior {
  readonly catalogue: Catalogue;
  readonly hypotheses: readonly HypothesisId[];
  readonly actions: readonly ActionId[];
  readonly symptoms: readonly SymptomId[];
  /** P(hypothesis) before any symptom; sums to 1. */
  readonly mix: Float64Array;
  /** P(symptom present | hypothesis). */
  readonly symptom: Float64Array;
  /** P(action cures | hypothesis) and its standard deviation. */
  readonly cure: Float64Array;
  readonly cureDeviation: Float64Array;
  /** P(worse | hypothesis, action did not cure). */
  readonly worsened: Float64Array;
  /** P(relapse within the hour | hypothesis, action cured). */
  readonly relapse: Float64Array;
  readonly fixMinutes: Float64Array;
  readonly verifyMinutes: Float64Array;
  /** Share of users' requests that suffer. */
  readonly impact: Float64Array;
  readonly evidence: readonly CellEvidence[];
}

/** The rows that speak about one hypothesis. */
interface Sources {
  readonly own: EvidenceRow | undefined;
  readonly pool: EvidenceRow | undefined;
}

/** Own and handed-on count of one attribute, undecayed. */
const countBoth = (row: EvidenceRow | undefined, attribute: string): number =>
  row === undefined ? 0 : countOf(row, attribute) + countOf(row, HANDED_ON + attribute);

/** Posterior mean of a Beta distribution with a given prior mean and weight. */
const betaMean = (prior: number, weight: number, yes: number, no: number): number =>
  (weight * prior + yes) / (weight + yes + no);

/** Mean after the pool has moved the catalogue's prior, and own evidence has moved that. */
const learned = (
  prior: number,
  weight: number,
  sources: Sources,
  [yes, no]: readonly [string, string],
  action: ActionId,
): number => {
  const step = (mean: number, row: EvidenceRow | undefined): number => {
    if (row === undefined) return mean;
    const decay = decayOf(row, action);
    return betaMean(mean, weight, bounded(countBoth(row, yes) * decay), bounded(countBoth(row, no) * decay));
  };
  return step(step(prior, sources.pool), sources.own);
};

const learnedMinutes = (
  prior: number,
  sources: Sources,
  names: readonly [string, string],
  action: ActionId,
): number => {
  const row = sources.own;
  if (row === undefined) return prior;
  const decay = decayOf(row, action);
  const count = bounded(countBoth(row, names[1]) * decay);
  const minutes = countBoth(row, names[0]) * decay;
  const mean = (PSEUDO_COUNTS.minutes * prior + minutes) / (PSEUDO_COUNTS.minutes + count);
  return Math.min(Math.max(mean, prior / MINUTES_FACTOR), prior * MINUTES_FACTOR);
};

const cellEvidence = ({ own, pool }: Sources, action: ActionId): CellEvidence => {
  const names = [cellAttribute('fixed', action), cellAttribute('failed', action)];
  const total = (row: EvidenceRow | undefined, prefix: string) =>
    row === undefined
      ? 0
      : names.reduce((sum, name) => sum + bounded(countOf(row, prefix + name) * decayOf(row, action)), 0);
  return {
    own: total(own, ''),
    pooled: total(pool, '') + total(pool, HANDED_ON),
    transferred: total(own, HANDED_ON),
    prior: PSEUDO_COUNTS.cure,
  };
};

/** The catalogue's statements about one hypothesis as probabilities; for `unknown`, its generic ones. */
const priorsOf = (catalogue: Catalogue, row: HypothesisRow | undefined) => ({
  cure: (action: ActionId) =>
    row === undefined ? catalogue.unknown.cure : CURE_PROBABILITY[row.cures[action] ?? 'none'],
  worsened: (action: ActionId) =>
    row === undefined ? catalogue.unknown.worsened : WORSENED_PROBABILITY[row.worsened[action] ?? 'rarely'],
  relapse: (action: ActionId) => RELAPSE_PROBABILITY[row?.relapse[action] ?? 'rarely'],
  symptom: (symptom: Catalogue['symptoms'][number]) =>
    row === undefined ? catalogue.unknown.symptom : (row.symptoms[symptom.id] ?? symptom.background),
});

/** P(hypothesis): the catalogue's mix as 20 observations, `unknown` with its fixed share. */
const learnedMix = (catalogue: Catalogue, name: MixName, rows: readonly Sources[]): Float64Array => {
  const total = catalogue.hypotheses.reduce((sum, row) => sum + row.mix[name], 0);
  const flat = 1 / catalogue.hypotheses.length;
  const counts = catalogue.hypotheses.map((row, f) => {
    const prior = total > 0 ? row.mix[name] / total : flat;
    const { own, pool } = rows[f] ?? { own: undefined, pool: undefined };
    return PSEUDO_COUNTS.mix * prior + bounded(countOf(own, MIX)) + bounded(countBoth(pool, MIX));
  });
  const sum = counts.reduce((a, b) => a + b, 0);
  const known = 1 - catalogue.unknown.share;
  return Float64Array.from([...counts.map((count) => (known * count) / sum), catalogue.unknown.share]);
};

/**
 * Combines catalogue and evidence.
 *
 * Damaged rows cannot break it: a number that no outcome can have written counts as zero, none counts more than 1,000.
 * The mix of faults is not taken over from another environment, only what was handed on about symptoms and cures:
 * injected faults say nothing about how often faults come.
 *
 * @param pool - rows of all tiers together; moves the catalogue's prior, which keeps its weight
 */
export const posteriorOf = (catalogue: Catalogue, mix: MixName, table: QTable, pool?: QTable): Posterior => {
  const rows: readonly (HypothesisRow | undefined)[] = [...catalogue.hypotheses, undefined];
  const hypotheses = [...catalogue.hypotheses.map(({ id }) => id), UNKNOWN];
  const sources = hypotheses.map((id): Sources => ({ own: table.get(id), pool: pool?.get(id) }));
  const size = rows.length * catalogue.actions.length;
  const matrix = () => new Float64Array(size);
  const [cure, cureDeviation, worsened, relapse, fixMinutes, verifyMinutes] = [
    matrix(),
    matrix(),
    matrix(),
    matrix(),
    matrix(),
    matrix(),
  ];
  const symptom = new Float64Array(rows.length * catalogue.symptoms.length);
  const evidence: CellEvidence[] = [];

  rows.forEach((row, f) => {
    const prior = priorsOf(catalogue, row);
    const source = sources[f] ?? { own: undefined, pool: undefined };
    catalogue.symptoms.forEach((entry, s) => {
      const step = (mean: number, from: EvidenceRow | undefined) =>
        row === undefined || from === undefined
          ? mean
          : betaMean(
              mean,
              PSEUDO_COUNTS.symptom,
              bounded(countBoth(from, symptomAttribute('yes', entry.id))),
              bounded(countBoth(from, symptomAttribute('no', entry.id))),
            );
      symptom[f * catalogue.symptoms.length + s] = step(step(prior.symptom(entry), source.pool), source.own);
    });
    catalogue.actions.forEach(({ id, fixMinutes: fix, verifyMinutes: verify }, a) => {
      const cell = f * catalogue.actions.length + a;
      const known = cellEvidence(source, id);
      const mean = learned(
        prior.cure(id),
        PSEUDO_COUNTS.cure,
        source,
        [cellAttribute('fixed', id), cellAttribute('failed', id)],
        id,
      );
      cure[cell] = mean;
      cureDeviation[cell] = Math.sqrt((mean * (1 - mean)) / (known.prior + known.own + known.transferred + 1));
      worsened[cell] = learned(
        prior.worsened(id),
        PSEUDO_COUNTS.worsened,
        source,
        [cellAttribute('worse', id), cellAttribute('same', id)],
        id,
      );
      relapse[cell] = learned(
        prior.relapse(id),
        PSEUDO_COUNTS.relapse,
        source,
        [cellAttribute('relapsed', id), cellAttribute('held', id)],
        id,
      );
      fixMinutes[cell] = learnedMinutes(fix, source, [cellAttribute('fixMinutes', id), cellAttribute('fixed', id)], id);
      verifyMinutes[cell] = learnedMinutes(
        verify,
        source,
        [cellAttribute('verifyMinutes', id), cellAttribute('failed', id)],
        id,
      );
      evidence.push(known);
    });
  });

  return {
    catalogue,
    hypotheses,
    actions: catalogue.actions.map(({ id }) => id),
    symptoms: catalogue.symptoms.map(({ id }) => id),
    mix: learnedMix(catalogue, mix, sources),
    symptom,
    cure,
    cureDeviation,
    worsened,
    relapse,
    fixMinutes,
    verifyMinutes,
    impact: Float64Array.from(rows, (row) => row?.impact ?? catalogue.unknown.impact),
    evidence,
  };
};
