import type * as z from 'zod';
import { ACTIONS } from '../action/catalogue.ts';
import type { CatalogueSchema } from '../contracts/api/agents.ts';
import type { ModelTableSchema } from '../contracts/api/learning.ts';
import { ActionIdSchema } from '../contracts/action.ts';
import type { EnvironmentName } from '../contracts/workload.ts';
import { betaInterval } from '../learning/beta.ts';
import type { Catalogue } from '../learning/catalogue.ts';
import type { QTable } from '../learning/evidence.ts';
import { cellAttribute, countOf, decayOf } from '../learning/evidence.ts';
import { posteriorOf } from '../learning/posterior.ts';

/** The action catalogue of the product beside the expert's figures. */
export const catalogueView = (catalogue: Catalogue): z.output<typeof CatalogueSchema> => ({
  actions: ActionIdSchema.options.map((actionId) => {
    const { title, kinds, risk, undo, mutates } = ACTIONS[actionId];
    const row = catalogue.actions.find(({ id }) => id === actionId);
    return {
      actionId,
      title,
      kinds: [...kinds],
      risk,
      undo,
      mutates,
      fixMinutes: row?.fixMinutes ?? null,
      verifyMinutes: row?.verifyMinutes ?? null,
      costMinutes: row?.cost ?? null,
    };
  }),
  hypotheses: catalogue.hypotheses.map(({ id, meaning, runbook }) => ({
    hypothesis: id,
    meaning,
    runbook: [...runbook],
  })),
  symptoms: catalogue.symptoms.map(({ id, meaning }) => ({ symptom: id, meaning })),
});

/** What one use of an action costs, in impact-minutes; 0 for one that the catalogue does not price. */
export const actionCost =
  (catalogue: Catalogue) =>
  (action: string): number =>
    catalogue.actions.find(({ id }) => id === action)?.cost ?? 0;

type Table = z.output<typeof ModelTableSchema>;

/** A version's beliefs as a table for people: every fault with every action that the product has. */
export const modelTable = (
  { catalogue, environment, table }: { catalogue: Catalogue; environment: EnvironmentName; table: QTable },
  version: string,
  tier: string,
): Table => {
  const posterior = posteriorOf(catalogue, environment, table);
  const { hypotheses, actions, mix, cure, cureDeviation } = posterior;
  const ours = new Set<string>(ActionIdSchema.options);
  return {
    version,
    tier,
    belief: hypotheses.map((hypothesis, index) => ({ hypothesis, probability: mix[index] ?? 0 })),
    cells: hypotheses.flatMap((hypothesis, f) =>
      actions.flatMap((actionId, a) => {
        if (!ours.has(actionId)) return [];
        const cell = f * actions.length + a;
        const row = table.get(hypothesis);
        const weight = decayOf(row, actionId);
        const chance = betaInterval(cure[cell] ?? 0, (cureDeviation[cell] ?? 0) ** 2);
        const counted = (name: 'fixed' | 'failed'): number => countOf(row, cellAttribute(name, actionId)) * weight;
        return [
          {
            hypothesis,
            actionId,
            evidence: counted('fixed') + counted('failed'),
            fixed: counted('fixed'),
            failed: counted('failed'),
            recoverProbability: { mean: chance.mean, low: chance.low90, high: chance.high90 },
          },
        ];
      }),
    ),
  };
};
