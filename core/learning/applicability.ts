import type { ActionId, Catalogue } from './catalogue.ts';
import type { Symptoms } from './belief.ts';

/** Facts about the workload that forbid an action, by the catalogue's names (`noStableRev`, `atMax`, ...). */
export type ContextFlags = Readonly<Record<string, boolean>>;

/** Why an action does not apply. */
export interface Inapplicable {
  readonly action: ActionId;
  /** For example `rollback.blockedBy.noStableRev`: where in the catalogue the rule stands. */
  readonly rule: string;
}

/**
 * The catalogue's own masks: which actions make no sense, or are unsafe, for these symptoms and this workload. Enforce's
 * guards come on top. What could not be observed is not there: a required symptom must have been seen.
 */
export const inapplicableActions = (catalogue: Catalogue, symptoms: Symptoms, context: ContextFlags): Inapplicable[] =>
  catalogue.actions.flatMap(({ id, requires, forbiddenBy, blockedBy }): Inapplicable[] => {
    const missing = requires.find((symptom) => symptoms[symptom] !== true);
    const present = forbiddenBy.find((symptom) => symptoms[symptom] === true);
    const flag = blockedBy.find((name) => context[name] === true);
    if (missing !== undefined) return [{ action: id, rule: `${id}.requires.${missing}` }];
    if (present !== undefined) return [{ action: id, rule: `${id}.forbiddenBy.${present}` }];
    if (flag !== undefined) return [{ action: id, rule: `${id}.blockedBy.${flag}` }];
    return [];
  });

/** The actions that the catalogue's masks leave. */
export const applicableActions = (catalogue: Catalogue, symptoms: Symptoms, context: ContextFlags): ActionId[] => {
  const masked = new Set(inapplicableActions(catalogue, symptoms, context).map(({ action }) => action));
  return catalogue.actions.map(({ id }) => id).filter((id) => !masked.has(id));
};
