import { elapsed, isBefore, toIso } from '../shared/units.ts';
import { costOf, inUsd } from './cost.ts';
import { definePolicyGuard } from './guard.ts';
import { decimalAbove, decimalBelow } from './policy.ts';
import { counted } from './wording.ts';

/** One incident acts on a workload at a time: the lease is free, expired or our own. It ends at its very expiry instant. */
export const singleFlightGuard = definePolicyGuard(
  'single-flight',
  'singleFlight',
  ['now', 'incident', 'coordination'],
  ({ now, incident, coordination: { lease } }) => {
    const heldByOther = lease !== null && lease.holder !== incident.incidentId;
    return {
      facts: { heldByOther, leaseLeftMs: lease === null ? 0 : elapsed(now, lease.expiresAt) },
      measure: {
        fact: lease === null ? 'no lease' : `lease of ${lease.holder} until ${toIso(lease.expiresAt)}`,
        limit: 'free, expired or our own',
        limitSource: 'one action per workload',
      },
      passes:
        lease === null
          ? 'nobody holds the lease'
          : heldByOther
            ? 'the last lease has expired'
            : 'this incident holds the lease itself',
      words: lease === null ? {} : { holder: lease.holder },
    };
  },
);

/** One incident acts on a group of workloads that depend on each other at a time: on this one, or on one beside it. */
export const dependencyGroupGuard = definePolicyGuard(
  'dependency-group',
  'dependencyGroup',
  ['now', 'incident', 'coordination'],
  ({ now, incident, coordination: { groupLeases } }) => {
    const running = groupLeases.filter(
      ({ holder, expiresAt }) => holder !== incident.incidentId && isBefore(now, expiresAt),
    );
    const holders = [...new Set(running.map(({ holder }) => holder))];
    return {
      facts: { others: holders.length },
      measure: {
        fact: `${counted(holders.length, 'other incident')} acting on workloads that depend on each other`,
        limit: 'none',
        limitSource: 'one action per dependency group',
      },
      passes: 'nobody acts on what this workload depends on, or on what depends on it',
      words: { holder: holders.join(', ') },
    };
  },
);

/** Not too many incidents act in the environment at once; this one, if it is among them, does not count. */
export const concurrencyGuard = definePolicyGuard(
  'concurrency',
  'concurrency',
  ['limits', 'incident', 'coordination'],
  ({ limits, incident, coordination }) => {
    const others = new Set(coordination.acting.filter((id) => id !== incident.incidentId)).size;
    return {
      facts: { others, max: limits.maxConcurrentActions },
      measure: {
        fact: `${counted(others, 'other incident')} acting`,
        limit: `fewer than ${limits.maxConcurrentActions}`,
        limitSource: 'limits.maxConcurrentActions',
      },
      passes: 'a slot for an action is free',
    };
  },
);

/** The hour's budget of actions in the environment is not spent. */
export const budgetGuard = definePolicyGuard('budget', 'budget', ['limits', 'coordination'], (facts) => {
  const { limits, coordination } = facts;
  return {
    facts: { actionsThisHour: coordination.actionsThisHour, maxPerHour: limits.maxActionsPerHour },
    measure: {
      fact: `${counted(coordination.actionsThisHour, 'action')} this hour`,
      limit: `fewer than ${limits.maxActionsPerHour}`,
      limitSource: 'limits.maxActionsPerHour',
    },
    passes: "the hour's budget has room",
  };
});

/** The day's budget of money has room for what the change may cost. */
export const costGuard = definePolicyGuard(
  'cost',
  'cost',
  ['limits', 'state', 'coordination'],
  ({ limits, state, coordination, decision }) => {
    const cost = costOf(decision.plan, state.desired, limits.taskHourUsd);
    const afterUsd = (coordination.spentTodayMicroUsd + cost) / 1_000_000;
    return {
      facts: { afterUsd: decimalAbove(afterUsd), maxPerDayUsd: decimalBelow(limits.maxCostPerDayUsd) },
      measure: {
        fact: `${inUsd(coordination.spentTodayMicroUsd)} spent today, this about ${inUsd(cost)}`,
        limit: `at most ${limits.maxCostPerDayUsd} USD a day`,
        limitSource: 'limits.maxCostPerDayUsd',
      },
      passes: "the day's money suffices",
    };
  },
);
