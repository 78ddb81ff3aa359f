import { ESCALATE } from '../../core/learning/catalogue.ts';
import type { QTable } from '../../core/learning/evidence.ts';
import { planModelOf, planValues } from '../../core/learning/plan.ts';
import { posteriorOf } from '../../core/learning/posterior.ts';
import { MAX_ATTEMPTS } from './episode.ts';
import { heatMap } from './plot.ts';
import { benchCatalogue } from './world.ts';

/** Q per hypothesis and action, in impact-minutes, as if the cause were known: the table that people ask to see. */
export const qHeatMap = (title: string, table: QTable): string => {
  const posterior = posteriorOf(benchCatalogue, 'prod', table);
  const model = planModelOf(posterior, 0);
  const usable = posterior.actions.map((_, a) => a);
  const values = posterior.hypotheses.map((_, known) => {
    const belief = Float64Array.from(posterior.hypotheses, (_id, f) => (f === known ? 1 : 0));
    const tries = usable.map(() => 0);
    const { actions, escalate } = planValues(model, { belief, usable, tries, attemptsLeft: MAX_ATTEMPTS });
    return [...actions, escalate];
  });
  return heatMap({ title, rows: posterior.hypotheses, columns: [...posterior.actions, ESCALATE], values });
};
