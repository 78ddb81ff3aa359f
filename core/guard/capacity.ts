import { isBefore, toIso } from '../shared/units.ts';
import { allow, defineChangeGuard, deny } from './guard.ts';
import { counted } from './wording.ts';

/** One incident acts on a workload at a time: the lease is free, expired or our own. It ends at its very expiry instant. */
export const singleFlightGuard = defineChangeGuard(
  'single-flight',
  ['now', 'incident', 'coordination'],
  ({ now, incident, coordination: { lease } }) => {
    const measure = {
      fact: lease === null ? 'no lease' : `lease of ${lease.holder} until ${toIso(lease.expiresAt)}`,
      limit: 'free, expired or our own',
      limitSource: 'one action per workload',
    };
    if (lease === null) return allow('nobody holds the lease', measure);
    if (lease.holder === incident.incidentId) return allow('this incident holds the lease itself', measure);
    return isBefore(now, lease.expiresAt)
      ? deny(`${lease.holder} is acting on this workload`, measure)
      : allow('the last lease has expired', measure);
  },
);

/** Not too many incidents act in the environment at once; this one, if it is among them, does not count. */
export const concurrencyGuard = defineChangeGuard(
  'concurrency',
  ['limits', 'incident', 'coordination'],
  ({ limits, incident, coordination }) => {
    const others = new Set(coordination.acting.filter((id) => id !== incident.incidentId)).size;
    const measure = {
      fact: `${counted(others, 'other incident')} acting`,
      limit: `fewer than ${limits.maxConcurrentActions}`,
      limitSource: 'limits.maxConcurrentActions',
    };
    return others < limits.maxConcurrentActions
      ? allow('a slot for an action is free', measure)
      : deny('too many incidents are acting at once', measure);
  },
);

/** The hour's budget of actions in the environment is not spent. */
export const budgetGuard = defineChangeGuard('budget', ['limits', 'coordination'], ({ limits, coordination }) => {
  const measure = {
    fact: `${counted(coordination.actionsThisHour, 'action')} this hour`,
    limit: `fewer than ${limits.maxActionsPerHour}`,
    limitSource: 'limits.maxActionsPerHour',
  };
  return coordination.actionsThisHour < limits.maxActionsPerHour
    ? allow("the hour's budget has room", measure)
    : deny("the hour's budget of actions is spent", measure);
});
