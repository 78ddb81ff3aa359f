import type { FrozenTables } from '../contracts/model.ts';
import {
  ESCALATE,
  UNKNOWN,
  type ActionId,
  type Catalogue,
  type HypothesisId,
  type MixName,
} from '../learning/catalogue.ts';
import { planModelOf, planValues } from '../learning/plan.ts';
import { posteriorOf, type Posterior } from '../learning/posterior.ts';
import { frozenTable } from './snapshot.ts';

/** One cell in which two versions differ. */
export interface CellDifference {
  readonly action: ActionId;
  /** P(cures) and expected impact-minutes if the hypothesis is the cause. */
  readonly before: { readonly cure: number; readonly minutes: number };
  readonly after: { readonly cure: number; readonly minutes: number };
}

/** A row in which two versions differ: what each would do if this were the cause for certain. */
export interface RowDifference {
  readonly tier: string;
  readonly hypothesis: HypothesisId;
  readonly choice: { readonly before: ActionId; readonly after: ActionId };
  readonly cells: readonly CellDifference[];
}

/** Probabilities closer than this read the same. */
const NOTICEABLE = 0.01;

interface RowValues {
  readonly choice: ActionId;
  readonly minutes: readonly number[];
}

/** Values of every action if one hypothesis is the cause, three attempts ahead, nothing masked. */
const valuesOf = (posterior: Posterior, f: number): RowValues => {
  const belief = Float64Array.from(posterior.hypotheses, (_, g) => (g === f ? 1 : 0));
  const usable = [...posterior.actions.keys()];
  const values = planValues(planModelOf(posterior, 0), {
    belief,
    usable,
    tries: usable.map(() => 0),
    attemptsLeft: 3,
  });
  const best = usable.reduce((least, a) => ((values.actions[a] ?? 0) < (values.actions[least] ?? 0) ? a : least), 0);
  const escalates = values.escalate <= (values.actions[best] ?? Infinity);
  return { choice: escalates ? ESCALATE : (posterior.actions[best] ?? ESCALATE), minutes: values.actions };
};

/** Rows whose choice or values differ between two versions, changed choices first. */
export const diffTables = (
  before: FrozenTables,
  after: FrozenTables,
  catalogue: Catalogue,
  environment: MixName,
): RowDifference[] => {
  const tiers = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const rows = tiers.flatMap((tier) => {
    const [old, now] = [before, after].map((tables) => posteriorOf(catalogue, environment, frozenTable(tables, tier)));
    return old === undefined || now === undefined ? [] : rowsOf(tier, old, now);
  });
  const hasNewChoice = ({ choice }: RowDifference): number => Number(choice.before !== choice.after);
  return rows.sort((a, b) => hasNewChoice(b) - hasNewChoice(a));
};

const rowsOf = (tier: string, old: Posterior, now: Posterior): RowDifference[] =>
  now.hypotheses.flatMap((hypothesis, f): RowDifference[] => {
    if (hypothesis === UNKNOWN) return [];
    const [then, today] = [valuesOf(old, f), valuesOf(now, f)];
    const cells = now.actions.flatMap((action, a): CellDifference[] => {
      const cell = f * now.actions.length + a;
      const [was, is] = [old.cure[cell] ?? 0, now.cure[cell] ?? 0];
      if (Math.abs(was - is) < NOTICEABLE) return [];
      const minutes = [then.minutes[a] ?? 0, today.minutes[a] ?? 0] as const;
      return [{ action, before: { cure: was, minutes: minutes[0] }, after: { cure: is, minutes: minutes[1] } }];
    });
    if (cells.length === 0 && then.choice === today.choice) return [];
    return [{ tier, hypothesis, choice: { before: then.choice, after: today.choice }, cells }];
  });
