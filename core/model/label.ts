import { LABEL } from '../contracts/experience.ts';
import type { ExperienceTrace } from '../contracts/model.ts';
import type { Catalogue } from '../learning/catalogue.ts';
import { creditIncident } from '../learning/credit.ts';
import { applyDeltas, mergeDeltas, type EvidenceDelta, type QTable } from '../learning/evidence.ts';
import { isLedger } from '../learning/ledger.ts';
import type { Experience } from '../shared/ports.ts';

const negated = (deltas: readonly EvidenceDelta[]): EvidenceDelta[] =>
  deltas.map(({ hypothesis, add }) => ({
    hypothesis,
    add: Object.fromEntries(Object.entries(add).map(([name, value]) => [name, -value])),
  }));

export interface LabelContext {
  readonly catalogue: Catalogue;
  /** Rows of the incident's tier, with what it taught. */
  readonly table: QTable;
  /** What it taught when its cure did not last; null when that lasts. */
  readonly relapse: Experience | null;
}

/**
 * The second event of an incident whose cause became known, because it was injected: takes back what was credited to
 * hypotheses by their probability, and credits the true one with all of it. It says nothing about how often faults come.
 *
 * @param experience - the incident as it was learned; must have a trace
 * @returns an experience whose id is the incident's with `#label`, so that it counts once
 */
export const labelled = (
  experience: Experience & { readonly trace: ExperienceTrace },
  label: NonNullable<ExperienceTrace['label']>,
  { catalogue, table, relapse }: LabelContext,
): Experience => {
  // What was verified stays verified: the ledger is about the action, not about the cause.
  const told = mergeDeltas([...experience.deltas, ...(relapse?.deltas ?? [])]);
  const back = negated(told.filter(({ hypothesis }) => !isLedger(hypothesis)));
  const { present, absent, steps } = experience.trace;
  const symptoms = Object.fromEntries([
    ...absent.map((id) => [id, false] as const),
    ...present.map((id) => [id, true] as const),
  ]);
  const credit = creditIncident({
    catalogue,
    table: applyDeltas(table, back),
    symptoms,
    // As the incident itself: a cure lasts until it is known that it did not.
    steps: steps.map((step) => ({ ...step, relapsed: step.recovered ? relapse !== null : null })),
    label,
    injected: true,
  });
  return {
    executionId: `${experience.executionId}${LABEL}`,
    kind: 'handed_on',
    tier: experience.tier,
    at: experience.at,
    deltas: mergeDeltas([...back, ...credit]),
    trace: { ...experience.trace, origin: 'injected', label },
  };
};
