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
  CELL_COUNTS,
  HANDED_ON,
  MIX,
  bounded,
  cellAttribute,
  countOf,
  decayOf,
  symptomAttribute,
  type CellCount,
  type EvidenceRow,
  type QTable,
} from './evidence.ts';

/** What each of the catalogue's statements is worth, in observations; 2 to 12 for cures differed by a point at most when simulated. */
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
  readonly evidence: CellEvidence[];
}

/** The rows that speak about one hypothesis. */
export interface Sources {
  readonly own: EvidenceRow | undefined;
  readonly pool: EvidenceRow | undefined;
}

/** Posterior mean of a Beta distribution with a given prior mean and weight. */
const betaMean = (prior: number, weight: number, yes: number, no: number): number =>
  (weight * prior + yes) / (weight + yes + no);

/** The counts of one cell as they count today, own and handed on. */
interface CellCounts {
  readonly own: Readonly<Record<CellCount, number>>;
  readonly handed: Readonly<Record<CellCount, number>>;
}

/** Attribute names of one action's cell. */
interface CellNames {
  readonly own: Readonly<Record<CellCount, string>>;
  readonly handed: Readonly<Record<CellCount, string>>;
}

const cellNames = (action: ActionId): CellNames => {
  const named = (prefix: string) =>
    Object.fromEntries(CELL_COUNTS.map((count) => [count, prefix + cellAttribute(count, action)])) as Record<
      CellCount,
      string
    >;
  return { own: named(''), handed: named(HANDED_ON) };
};

/** Names are the same for every decision with a catalogue; building them each time would be most of its time. */
const namesByCatalogue = new WeakMap<Catalogue, readonly CellNames[]>();
const namesOf = (catalogue: Catalogue): readonly CellNames[] => {
  const known = namesByCatalogue.get(catalogue) ?? catalogue.actions.map(({ id }) => cellNames(id));
  namesByCatalogue.set(catalogue, known);
  return known;
};

const readCounts = (
  row: EvidenceRow,
  names: Readonly<Record<CellCount, string>>,
  decay: number,
): Record<CellCount, number> => ({
  fixed: bounded(decay * countOf(row, names.fixed)),
  failed: bounded(decay * countOf(row, names.failed)),
  worse: bounded(decay * countOf(row, names.worse)),
  same: bounded(decay * countOf(row, names.same)),
  relapsed: bounded(decay * countOf(row, names.relapsed)),
  held: bounded(decay * countOf(row, names.held)),
  fixMinutes: decay * countOf(row, names.fixMinutes),
  verifyMinutes: decay * countOf(row, names.verifyMinutes),
});

const readCell = (row: EvidenceRow | undefined, action: ActionId, names: CellNames): CellCounts | undefined => {
  if (row === undefined) return undefined;
  const decay = decayOf(row, action);
  return { own: readCounts(row, names.own, decay), handed: readCounts(row, names.handed, decay) };
};

/** Mean after observations of `yes` and `no` have moved a prior that is worth `weight` observations. */
const moved = (mean: number, weight: number, cell: CellCounts | undefined, yes: CellCount, no: CellCount): number =>
  cell === undefined ? mean : betaMean(mean, weight, cell.own[yes] + cell.handed[yes], cell.own[no] + cell.handed[no]);

const movedMinutes = (prior: number, cell: CellCounts | undefined, sum: CellCount, count: CellCount): number => {
  if (cell === undefined) return prior;
  const minutes = PSEUDO_COUNTS.minutes * prior + cell.own[sum] + cell.handed[sum];
  const mean = minutes / (PSEUDO_COUNTS.minutes + cell.own[count] + cell.handed[count]);
  return Math.min(Math.max(mean, prior / MINUTES_FACTOR), prior * MINUTES_FACTOR);
};

const observations = (counts: Readonly<Record<CellCount, number>> | undefined): number =>
  counts === undefined ? 0 : counts.fixed + counts.failed;

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

const countBoth = (row: EvidenceRow | undefined, attribute: string): number =>
  row === undefined ? 0 : bounded(countOf(row, attribute) + countOf(row, HANDED_ON + attribute));

/** P(hypothesis): the catalogue's mix as 20 observations, `unknown` with its fixed share. */
const learnedMix = (catalogue: Catalogue, name: MixName, table: QTable, pool: QTable | undefined): Float64Array => {
  const total = catalogue.hypotheses.reduce((sum, row) => sum + row.mix[name], 0);
  const counts = catalogue.hypotheses.map((row) => {
    const prior = total > 0 ? row.mix[name] / total : 1 / catalogue.hypotheses.length;
    const seen = bounded(countOf(table.get(row.id), MIX)) + bounded(countOf(pool?.get(row.id), MIX));
    return PSEUDO_COUNTS.mix * prior + seen;
  });
  const sum = counts.reduce((a, b) => a + b, 0);
  const known = 1 - catalogue.unknown.share;
  return Float64Array.from([...counts.map((count) => (known * count) / sum), catalogue.unknown.share]);
};

/** Writes everything about one hypothesis into the posterior's arrays. */
const fillRow = (posterior: Posterior, f: number, { own, pool }: Sources): void => {
  const { catalogue } = posterior;
  const row = catalogue.hypotheses[f];
  const prior = priorsOf(catalogue, row);
  const names = namesOf(catalogue);
  catalogue.symptoms.forEach((entry, s) => {
    const step = (mean: number, from: EvidenceRow | undefined) => {
      // What an unknown fault looks like cannot be learned: each time it is another one.
      if (row === undefined || from === undefined) return mean;
      const [yes, no] = [symptomAttribute('yes', entry.id), symptomAttribute('no', entry.id)];
      return betaMean(mean, PSEUDO_COUNTS.symptom, countBoth(from, yes), countBoth(from, no));
    };
    posterior.symptom[f * catalogue.symptoms.length + s] = step(step(prior.symptom(entry), pool), own);
  });
  catalogue.actions.forEach((action, a) => {
    const index = f * catalogue.actions.length + a;
    const cellName = names[a] as CellNames;
    const [cell, poolCell] = [readCell(own, action.id, cellName), readCell(pool, action.id, cellName)];
    const mean = (start: number, weight: number, yes: CellCount, no: CellCount) =>
      moved(moved(start, weight, poolCell, yes, no), weight, cell, yes, no);
    const evidence = {
      own: observations(cell?.own),
      pooled: observations(poolCell?.own) + observations(poolCell?.handed),
      transferred: observations(cell?.handed),
      prior: PSEUDO_COUNTS.cure,
    };
    const cure = mean(prior.cure(action.id), PSEUDO_COUNTS.cure, 'fixed', 'failed');
    const weight = evidence.prior + evidence.own + evidence.transferred;
    posterior.cure[index] = cure;
    posterior.cureDeviation[index] = Math.sqrt((cure * (1 - cure)) / (weight + 1));
    posterior.worsened[index] = mean(prior.worsened(action.id), PSEUDO_COUNTS.worsened, 'worse', 'same');
    posterior.relapse[index] = mean(prior.relapse(action.id), PSEUDO_COUNTS.relapse, 'relapsed', 'held');
    posterior.fixMinutes[index] = movedMinutes(action.fixMinutes, cell, 'fixMinutes', 'fixed');
    posterior.verifyMinutes[index] = movedMinutes(action.verifyMinutes, cell, 'verifyMinutes', 'failed');
    posterior.evidence[index] = evidence;
  });
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
  const hypotheses = [...catalogue.hypotheses.map(({ id }) => id), UNKNOWN];
  const matrix = () => new Float64Array(hypotheses.length * catalogue.actions.length);
  const posterior: Posterior = {
    catalogue,
    hypotheses,
    actions: catalogue.actions.map(({ id }) => id),
    symptoms: catalogue.symptoms.map(({ id }) => id),
    mix: learnedMix(catalogue, mix, table, pool),
    symptom: new Float64Array(hypotheses.length * catalogue.symptoms.length),
    cure: matrix(),
    cureDeviation: matrix(),
    worsened: matrix(),
    relapse: matrix(),
    fixMinutes: matrix(),
    verifyMinutes: matrix(),
    impact: Float64Array.from(hypotheses, (_, f) => catalogue.hypotheses[f]?.impact ?? catalogue.unknown.impact),
    evidence: [],
  };
  hypotheses.forEach((id, f) => fillRow(posterior, f, { own: table.get(id), pool: pool?.get(id) }));
  return posterior;
};

/** The posterior if the row of one hypothesis were another; the mix is kept. Neither argument is changed. */
export const withRow = (posterior: Posterior, hypothesis: HypothesisId, row: Sources): Posterior => {
  const changed: Posterior = {
    ...posterior,
    symptom: posterior.symptom.slice(),
    cure: posterior.cure.slice(),
    cureDeviation: posterior.cureDeviation.slice(),
    worsened: posterior.worsened.slice(),
    relapse: posterior.relapse.slice(),
    fixMinutes: posterior.fixMinutes.slice(),
    verifyMinutes: posterior.verifyMinutes.slice(),
    evidence: posterior.evidence.slice(),
  };
  fillRow(changed, posterior.hypotheses.indexOf(hypothesis), row);
  return changed;
};
