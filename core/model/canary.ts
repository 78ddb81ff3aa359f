import type { ExperienceTrace, ModelPointer } from '../contracts/model.ts';
import type { Experience } from '../shared/ports.ts';
import { fromIso } from '../shared/units.ts';
import { standardError } from './promotion-tests.ts';

/** Incidents over which a candidate's costs are compared with what it promised. */
export const CANARY_WINDOW = 20;

/** A mean above its prediction by more than this many standard errors is no bad luck. */
const TOLERANCE = 2;

/** What becomes of a trial, and why. */
export interface CanaryVerdict {
  readonly verdict: 'keep' | 'widen' | 'return';
  readonly reason: string;
}

/** Realised impact-minutes of an incident. */
export const realisedCost = ({ steps, personCost }: ExperienceTrace): number =>
  steps.reduce((sum, { cost }) => sum + cost, personCost ?? 0);

/**
 * Whether a candidate may go on: returns to the champion at once after an action that was not allowed, and when the last
 * 20 incidents with a prediction cost more than that by over two standard errors; widens after 20 incidents at its share.
 */
export const canaryVerdict = ({ canary }: ModelPointer, experiences: readonly Experience[]): CanaryVerdict => {
  if (canary === null) return { verdict: 'keep', reason: 'no candidate is being tried' };
  const own = experiences
    .filter(({ executionId }) => !executionId.includes('#')) // corrections of incidents that are there already
    .flatMap(({ at, trace }) => (trace?.model === canary.candidate && trace.steps.length > 0 ? [{ at, trace }] : []))
    .sort((a, b) => a.at - b.at);
  const unsafe = own.flatMap(({ trace }) => trace.steps).find(({ action, allowed }) => !allowed.includes(action));
  if (unsafe !== undefined) return { verdict: 'return', reason: `${unsafe.action} was taken and was not allowed` };

  const excess = own
    .flatMap(({ trace }) => {
      const predicted = trace.steps[0]?.predicted ?? null;
      return predicted === null ? [] : [realisedCost(trace) - predicted];
    })
    .slice(-CANARY_WINDOW);
  const mean = excess.reduce((sum, value) => sum + value, 0) / Math.max(excess.length, 1);
  const error = standardError(excess);
  const figures = `${mean.toFixed(1)} impact-minutes above the prediction, standard error ${error.toFixed(1)}`;
  if (excess.length >= CANARY_WINDOW && mean > TOLERANCE * error) {
    return { verdict: 'return', reason: `the last ${excess.length} incidents cost ${figures}` };
  }
  const atThisShare = own.filter(({ at }) => at >= fromIso(canary.since)).length;
  if (atThisShare < CANARY_WINDOW) {
    return { verdict: 'keep', reason: `${atThisShare} of ${CANARY_WINDOW} incidents at ${100 * canary.share} %` };
  }
  return { verdict: 'widen', reason: `${atThisShare} incidents at ${100 * canary.share} %: ${figures}` };
};
