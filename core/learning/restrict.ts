import { ESCALATE, type ActionId, type Catalogue, type SymptomId } from './catalogue.ts';

const pick = <T>(record: Readonly<Record<string, T>>, names: ReadonlySet<string>): Record<string, T> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)));

/** What an action or symptom is taken for that the catalogue does not describe. */
const UNDESCRIBED = { fixMinutes: 5, verifyMinutes: 7, cost: 1, background: 0.1 } as const;

/** The symptom by which a fault is known best. */
const leadingSymptom = (symptoms: Readonly<Record<SymptomId, number>>): SymptomId | undefined =>
  Object.keys(symptoms).reduce<SymptomId | undefined>(
    (best, id) => (best === undefined || (symptoms[id] ?? 0) > (symptoms[best] ?? 0) ? id : best),
    undefined,
  );

/**
 * The catalogue for a world that has only these actions and symptoms.
 *
 * A fault whose most telling symptom cannot be seen there is left out: it would only share others' evidence. A name that the catalogue does not
 * know gets a neutral row: such an action cures nothing until evidence says so, such a symptom speaks for no fault.
 */
export const restrictCatalogue = (
  catalogue: Catalogue,
  { actions, symptoms }: { readonly actions: readonly ActionId[]; readonly symptoms: readonly SymptomId[] },
): Catalogue => {
  const actionNames = new Set(actions.filter((id) => id !== ESCALATE));
  const symptomNames = new Set(symptoms);
  const known = (ids: readonly string[]) => ids.filter((id) => symptomNames.has(id));
  return {
    ...catalogue,
    symptoms: [...symptomNames].map(
      (id) =>
        catalogue.symptoms.find((row) => row.id === id) ?? {
          id,
          meaning: id,
          background: UNDESCRIBED.background,
          change: false,
        },
    ),
    actions: [...actionNames].map((id) => {
      const { fixMinutes, verifyMinutes, cost } = UNDESCRIBED;
      const row = catalogue.actions.find((action) => action.id === id);
      // `requires` stays whole: an action whose required symptom is never seen must stay masked.
      if (row !== undefined) return { ...row, forbiddenBy: known(row.forbiddenBy) };
      return { id, fixMinutes, verifyMinutes, cost, requires: [], forbiddenBy: [], blockedBy: [] };
    }),
    hypotheses: catalogue.hypotheses
      .filter((row) => symptomNames.has(leadingSymptom(row.symptoms) ?? ''))
      .map((row) => ({
        ...row,
        cures: pick(row.cures, actionNames),
        relapse: pick(row.relapse, actionNames),
        worsened: pick(row.worsened, actionNames),
        symptoms: pick(row.symptoms, symptomNames),
        runbook: row.runbook.filter((id) => actionNames.has(id)),
      })),
  };
};

/**
 * The catalogue of somebody who knows how faults look, but not what cures them: every action may cure every fault.
 */
export const withoutCures = (catalogue: Catalogue): Catalogue => {
  const cures = Object.fromEntries(catalogue.actions.map(({ id }) => [id, 'possible' as const]));
  return {
    ...catalogue,
    hypotheses: catalogue.hypotheses.map((row) => ({ ...row, cures, relapse: {}, worsened: {} })),
  };
};
