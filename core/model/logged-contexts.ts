import type { ExperienceTrace } from '../contracts/model.ts';
import type { Symptoms } from '../learning/belief.ts';
import type { Experience } from '../shared/ports.ts';
import { LABEL } from '../contracts/experience.ts';
import type { PromotionContext } from './policy.ts';
import type { LoggedIncident } from './promotion-tests.ts';

/** An experience of which it is known what was seen and chosen. */
export interface LoggedContext {
  readonly context: PromotionContext;
  readonly trace: ExperienceTrace;
}

const symptomsOf = ({ present, absent }: ExperienceTrace): Symptoms => ({
  ...Object.fromEntries(absent.map((id) => [id, false])),
  ...Object.fromEntries(present.map((id) => [id, true])),
});

/**
 * The incidents of a log that versions can be judged by: those in which something was chosen, each once. One whose cause
 * became known stands there with its label.
 */
export const loggedContexts = (experiences: readonly Experience[]): LoggedContext[] => {
  const relabelled = new Set(
    experiences.flatMap(({ executionId }) =>
      executionId.endsWith(LABEL) ? [executionId.slice(0, -LABEL.length)] : [],
    ),
  );
  return experiences.flatMap(({ executionId, tier, trace }) => {
    const first = trace?.steps[0];
    if (trace === undefined || first === undefined || relabelled.has(executionId)) return [];
    const allowed = first.allowed.filter((id) => id !== 'escalate');
    return [{ context: { id: executionId, tier, symptoms: symptomsOf(trace), allowed, label: trace.label }, trace }];
  });
};

/** The same, as the doubly robust estimator reads it. */
export const loggedIncident = ({ context, trace }: LoggedContext): LoggedIncident => ({
  context,
  steps: trace.steps,
  personCost: trace.personCost,
});
