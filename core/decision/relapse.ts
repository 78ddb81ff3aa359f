import type { Decision } from '../contracts/decision.ts';
import type { Evidence } from '../contracts/evidence.ts';
import { elapsed, fromIso, isLonger, minutes } from '../shared/units.ts';

/**
 * The earlier incident whose cure did not last: the newest of the same workload that was closed as recovered at most so
 * long before this one began, and for which the same cause was the likeliest.
 *
 * @param openedAt - when this incident began, ISO 8601
 * @param hypothesis - likeliest cause of this incident
 * @param withinMinutes - how long a cure must hold to count as lasting
 */
export const relapseOf = (
  earlier: Evidence['earlierIncidents'],
  openedAt: string,
  hypothesis: string | undefined,
  withinMinutes: number,
): NonNullable<Decision['relapseOf']> | null => {
  const onset = fromIso(openedAt);
  for (const incident of earlier) {
    const { closedAt } = incident;
    if (incident.status !== 'recovered' || incident.hypothesis !== hypothesis || closedAt == null) continue;
    const held = elapsed(fromIso(closedAt), onset);
    if (held < 0 || isLonger(held, minutes(withinMinutes))) continue;
    return { incidentId: incident.incidentId, action: incident.lastAction ?? null, heldMinutes: held / minutes(1) };
  }
  return null;
};
