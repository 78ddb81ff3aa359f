import type { ExperienceStep, ExperienceTrace, ModelRef } from '../contracts/model.ts';
import { LIVE, ModelVersionSchema } from '../contracts/model.ts';
import type { Decision } from '../contracts/decision.ts';
import type { JournalRecord } from '../contracts/journal.ts';
import type { Catalogue } from '../learning/catalogue.ts';

/** Whose evidence decided; what older records say of it means the live table. */
const modelOf = (modelVersion: string): ModelRef => {
  const named = ModelVersionSchema.safeParse(modelVersion);
  return named.success ? named.data : LIVE;
};

type Of<K extends JournalRecord['kind']> = Extract<JournalRecord, { readonly kind: K }>;

/**
 * What an incident's journal says about choosing: symptoms, and for each attempt what could be chosen, what was, what it
 * was expected to cost and what it did.
 *
 * Costs are on the scale of the prediction: measured minutes, times the share of users that the belief expected to
 * suffer, plus the catalogue's prices.
 *
 * @param escalated - whether a person had to end it
 * @returns null when nothing was tried
 */
export const traceOf = (
  records: readonly JournalRecord[],
  catalogue: Catalogue,
  escalated: boolean,
): ExperienceTrace | null => {
  const of = <K extends JournalRecord['kind']>(kind: K) =>
    records.filter((record): record is Of<K> => record.kind === kind);
  const evidence = of('evidence_gathered')[0]?.body;
  const decisions = of('action_decided');
  const first = decisions[0]?.body;
  if (evidence === undefined || first === undefined) return null;
  const impact = expectedImpact(first, catalogue);
  const steps = of('outcome_measured').flatMap(({ attempt, body }): ExperienceStep[] => {
    // The last one: a person who approves an alternative has decided anew.
    const decision = decisions.findLast((record) => record.attempt === attempt)?.body;
    const applied = of('action_applied').find((record) => record.attempt === attempt)?.body;
    const isOver = body.status !== 'pending' && applied !== undefined && applied.status !== 'refused';
    if (decision === undefined || !isOver) return [];
    const action = applied.status === 'not_needed' ? 'wait' : applied.actionId;
    const candidate = decision.candidates.find(({ actionId }) => actionId === action);
    const worse = body.status === 'worse';
    const price = catalogue.actions.find(({ id }) => id === action)?.cost ?? 0;
    return [
      {
        action,
        recovered: body.status === 'recovered' || body.status === 'self_recovered',
        worse,
        relapsed: null,
        minutes: body.minutes,
        cost: body.minutes * impact + price + (worse ? catalogue.costs.worsened : 0),
        allowed: decision.candidates.flatMap(({ actionId, masked }) => (masked === null ? [actionId] : [])),
        propensity: decision.draw?.probability ?? 1,
        predicted: decision.plan.actionId === action ? (candidate?.expectedMinutes ?? null) : null,
      },
    ];
  });
  if (steps.length === 0) return null;
  const { escalationMinutes, escalationCost } = catalogue.costs;
  return {
    origin: 'incident',
    label: null,
    model: modelOf(first.modelVersion),
    present: evidence.symptoms.present,
    absent: evidence.symptoms.absent,
    steps: steps.slice(0, 3),
    personCost: escalated ? escalationMinutes * impact + escalationCost : null,
  };
};

/** Share of users' requests that suffer, by the belief. */
const expectedImpact = ({ belief }: Decision, catalogue: Catalogue): number => {
  const total = belief.reduce((sum, { probability }) => sum + probability, 0);
  const weighted = belief.reduce((sum, { hypothesis, probability }) => {
    const row = catalogue.hypotheses.find(({ id }) => id === hypothesis);
    return sum + probability * (row?.impact ?? catalogue.unknown.impact);
  }, 0);
  return total > 0 ? weighted / total : catalogue.unknown.impact;
};
