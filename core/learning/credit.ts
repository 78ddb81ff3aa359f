import { UNKNOWN, type ActionId, type Catalogue, type HypothesisId, type MixName } from './catalogue.ts';
import { normalise, outcomeLikelihood, countRepeats, priorBelief, type Symptoms } from './belief.ts';
import { MIX, additionWeight, cellAttribute, symptomAttribute, type EvidenceDelta, type QTable } from './evidence.ts';
import { isLedger } from './ledger.ts';
import { posteriorOf, type Posterior } from './posterior.ts';

/** One attempt as it turned out. */
export interface CreditStep {
  readonly action: ActionId;
  readonly recovered: boolean;
  /** True if it recovered, but not because of the action: earns no credit and says nothing about the fault. */
  readonly selfRecovered?: boolean;
  /** Minutes from applying to verified recovery, or to the verdict that it did not work. */
  readonly minutes: number;
  readonly worse: boolean;
  /** Whether the cure failed within the hour; null while that is not known. */
  readonly relapsed: boolean | null;
}

/** A finished incident. */
export interface CreditInput {
  readonly catalogue: Catalogue;
  /** Rows as they were when the incident was decided, or newer: stale ones cost accuracy, never consistency. */
  readonly table: QTable;
  readonly symptoms: Symptoms;
  readonly steps: readonly CreditStep[];
  /** The cause, where a post-mortem or the injected fault tells it. */
  readonly label?: HypothesisId;
  /** An injected fault says nothing about how often faults come. */
  readonly injected?: boolean;
  readonly environment?: MixName;
}

/** A hypothesis below this responsibility is not updated: bounds the rows per outcome. */
const LEAST_RESPONSIBILITY = 0.01;

/** A second try of the same action says less about the first. */
const REPEAT_CREDIT = 0.25;

/** One outcome cannot claim more than a day. */
const MOST_MINUTES = 1_440;

const outcomeOf = (step: CreditStep) => (step.recovered ? 'recovered' : step.worse ? 'worse' : ('unchanged' as const));

/**
 * Responsibility of each hypothesis, in hindsight: P(hypothesis | symptoms, all outcomes, the successful one included).
 * With a label, the label has all of it.
 *
 * @param known - posterior of the same catalogue and table, where it was computed already
 * @returns one number per hypothesis; sums to 1
 */
export const responsibilities = (input: CreditInput, known?: Posterior): ReadonlyMap<HypothesisId, number> => {
  const { catalogue, label } = input;
  if (label !== undefined) {
    const ids = [...catalogue.hypotheses.map(({ id }) => id), UNKNOWN];
    const cause = ids.includes(label) ? label : UNKNOWN;
    return new Map(ids.map((id) => [id, id === cause ? 1 : 0]));
  }
  const posterior = known ?? posteriorOf(catalogue, input.environment ?? 'prod', input.table);
  const telling = input.steps.filter(({ selfRecovered }) => selfRecovered !== true);
  const belief = priorBelief(posterior, input.symptoms).map((probability, f) =>
    telling.reduce((weight, step, index) => {
      const repeats = countRepeats(telling, index, step.action);
      return weight * outcomeLikelihood(posterior, f, { action: step.action, outcome: outcomeOf(step), repeats });
    }, probability),
  );
  const shares = normalise(belief);
  return new Map(posterior.hypotheses.map((id, f) => [id, shares[f] ?? 0]));
};

/** What one step adds to one hypothesis's row. */
const stepCounts = (step: CreditStep): readonly (readonly [Parameters<typeof cellAttribute>[0], number])[] => {
  const minutes = Number.isFinite(step.minutes) ? Math.min(Math.max(step.minutes, 0), MOST_MINUTES) : 0;
  if (!step.recovered) {
    return [
      ['failed', 1],
      ['verifyMinutes', minutes],
      [step.worse ? 'worse' : 'same', 1],
    ];
  }
  const durable = step.relapsed === null ? [] : [[step.relapsed ? 'relapsed' : 'held', 1] as const];
  return [['fixed', 1], ['fixMinutes', minutes], ...durable];
};

/**
 * Turns a finished incident into numbers to ADD, one delta per hypothesis that may have been the cause.
 *
 * Adding is all that is needed: no row has to be read again, deltas of concurrent incidents commute. Applying the same
 * incident twice is prevented by the store's experience record, not here.
 */
export const creditIncident = (input: CreditInput, posterior?: Posterior): EvidenceDelta[] =>
  [...responsibilities(input, posterior)].flatMap(([hypothesis, share]): EvidenceDelta[] => {
    if (share < LEAST_RESPONSIBILITY) return [];
    const row = input.table.get(hypothesis);
    const add: Record<string, number> = {};
    const count = (attribute: string, value: number) => {
      if (value !== 0) add[attribute] = (add[attribute] ?? 0) + value;
    };
    if (input.injected !== true) count(MIX, share);
    for (const { id } of input.catalogue.symptoms) {
      const present = input.symptoms[id];
      if (typeof present === 'boolean') count(symptomAttribute(present ? 'yes' : 'no', id), share);
    }
    input.steps.forEach((step, index) => {
      if (step.selfRecovered === true || !input.catalogue.actions.some(({ id }) => id === step.action)) return;
      const repeated = countRepeats(input.steps, index, step.action) > 0;
      const credit = share * (repeated ? REPEAT_CREDIT : 1);
      const weight = additionWeight(row, step.action);
      for (const [name, value] of stepCounts(step)) count(cellAttribute(name, step.action), credit * weight * value);
      count(cellAttribute('touched', step.action), credit);
    });
    return [{ hypothesis, add }];
  });

/**
 * The second event of an incident whose cure was credited as lasting and then relapsed within the hour: takes the false
 * part back and adds the true one, with the very numbers of the first event, so that nothing is left of it.
 *
 * @param credited - what the incident taught when it was closed, as its experience holds it
 * @returns nothing for an incident that credited no cure
 */
export const creditRelapse = (credited: readonly EvidenceDelta[]): EvidenceDelta[] =>
  credited.flatMap(({ hypothesis, add }) => {
    const entries = Object.entries(add).flatMap(([attribute, value]) => {
      if (value === 0) return [];
      const [count, ...of] = attribute.split('.');
      const relapsed = ['relapsed', ...of].join('.');
      if (count === 'held') return [[relapsed, value] as const, [attribute, -value] as const];
      return isLedger(hypothesis) && count === 'healed' ? [[relapsed, value] as const] : [];
    });
    return entries.length === 0 ? [] : [{ hypothesis, add: Object.fromEntries(entries) }];
  });
