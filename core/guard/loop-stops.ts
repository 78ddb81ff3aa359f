import { durationMs, elapsed, formatDuration, hours, isLonger, toIso } from '../shared/units.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import type { KnownFacts } from './facts.ts';
import { changesWorkload, definePolicyGuard } from './guard.ts';
import { counted } from './wording.ts';

/** Within this, applied actions that brought no recovery, and actions of other incidents, add up. */
export const LOOP_WINDOW: DurationMs = hours(4);

/** Within this, failures in a row add up; after it the automation may try afresh. */
export const DAY: DurationMs = hours(24);

/**
 * So many of a workload's last actions are remembered at least, and twice as many at most; with the ids of 50 tasks each
 * that is less than half of what an item of DynamoDB holds. The guards need fewer: failures in a row and changes without a
 * recovery stop at 3, an incident at 3 attempts, and the doubled cooldown lets some 15 changes through in four hours.
 */
export const LEAST_REMEMBERED = 20;

type PastAction = KnownFacts['coordination']['history'][number];

/** Earlier changes of the workload, oldest first, whatever the order in which they were stored. */
const changesOf = ({ history }: KnownFacts['coordination']): readonly PastAction[] =>
  history.filter(({ actionId }) => changesWorkload(actionId)).toSorted((a, b) => a.at - b.at);

/** Future times count as recent: a wrong clock must not empty a window. */
const isWithin = (window: DurationMs, now: EpochMs, at: EpochMs): boolean => !isLonger(elapsed(at, now), window);

const isRecovery = ({ outcome }: PastAction): boolean => outcome === 'recovered' || outcome === 'self_recovered';

/**
 * The incident has tries left. A try is an attempt of the loop, whatever it chose, and a change in the workload's
 * history is one too, so that a loop state that lost count cannot start over.
 */
export const attemptsGuard = definePolicyGuard(
  'attempts',
  'attempts',
  ['limits', 'incident', 'coordination'],
  ({ limits, incident, coordination }) => {
    const done = changesOf(coordination).filter(({ incidentId }) => incidentId === incident.incidentId).length;
    const attempt = Math.max(incident.attempt, done + 1);
    return {
      facts: { attempt, maxAttempts: limits.maxAttempts },
      measure: {
        fact: `attempt ${attempt}`,
        limit: `at most ${limits.maxAttempts}`,
        limitSource: 'limits.maxAttempts',
      },
      passes: 'the incident has attempts left',
    };
  },
);

/** No pause grows beyond this: longer than any history is kept. */
const LONGEST_PAUSE: DurationMs = hours(30 * 24);

/**
 * Time to settle between incidents of one workload: `cooldownSeconds` after a change made for another incident,
 * doubled for each further one within {@link LOOP_WINDOW}. Attempts of the same incident are limited by `attempts`.
 */
export const cooldownGuard = definePolicyGuard(
  'cooldown',
  'cooldown',
  ['now', 'limits', 'incident', 'coordination'],
  ({ now, limits, incident, coordination }) => {
    const others = changesOf(coordination).filter(({ incidentId }) => incidentId !== incident.incidentId);
    const recent = others.filter(({ at }) => isWithin(LOOP_WINDOW, now, at)).length;
    const doubled = limits.cooldownSeconds * 1_000 * 2 ** Math.max(0, recent - 1);
    const pause = durationMs(Math.min(doubled, LONGEST_PAUSE));
    const last = others.at(-1);
    const since = last === undefined ? durationMs(0) : elapsed(last.at, now);
    return {
      facts: { changedBefore: last !== undefined, sinceLastChangeMs: since, pauseMs: pause },
      measure: {
        fact: last === undefined ? 'no earlier change' : `last change at ${toIso(last.at)}, ${recent} within 4 h`,
        limit: `a pause of ${formatDuration(pause)}`,
        limitSource: 'limits.cooldownSeconds, doubled with each change',
      },
      passes: last === undefined ? 'no other incident has changed the workload' : 'the workload had time to settle',
      words: { remaining: formatDuration(durationMs(pause - since)) },
    };
  },
);

/** The last changes within {@link DAY} were not one failure after the other, whichever incident they were made for. */
export const consecutiveFailuresGuard = definePolicyGuard(
  'consecutive-failures',
  'consecutiveFailures',
  ['now', 'limits', 'coordination'],
  ({ now, limits, coordination }) => {
    const recent = changesOf(coordination).filter(({ at }) => isWithin(DAY, now, at));
    const inARow = recent.length - 1 - recent.findLastIndex((action) => isRecovery(action));
    return {
      facts: { inARow, max: limits.maxConsecutiveFailures },
      measure: {
        fact: `${counted(inARow, 'failure')} in a row`,
        limit: `fewer than ${limits.maxConsecutiveFailures} within 24 h`,
        limitSource: 'limits.maxConsecutiveFailures',
      },
      passes: 'earlier changes did not fail in a row',
    };
  },
);

/** Changes that were applied without error but brought no recovery do not add up within {@link LOOP_WINDOW}. */
export const ineffectiveSuccessesGuard = definePolicyGuard(
  'ineffective-successes',
  'ineffectiveSuccesses',
  ['now', 'limits', 'coordination'],
  ({ now, limits, coordination }) => {
    const withoutRecovery = changesOf(coordination).filter(
      (action) => isWithin(LOOP_WINDOW, now, action.at) && !isRecovery(action),
    ).length;
    return {
      facts: { withoutRecovery, max: limits.maxIneffectiveSuccesses },
      measure: {
        fact: `${counted(withoutRecovery, 'change')} without a recovery`,
        limit: `fewer than ${limits.maxIneffectiveSuccesses} within 4 h`,
        limitSource: 'limits.maxIneffectiveSuccesses',
      },
      passes: 'earlier changes were worth it',
    };
  },
);

/** The workload does not keep breaking: incidents within a day, this one included, those dismissed left out. */
export const recurrenceGuard = definePolicyGuard(
  'recurrence',
  'recurrence',
  ['limits', 'incidentsToday'],
  ({ limits, incidentsToday }) => {
    const incidents = incidentsToday + 1;
    return {
      facts: { incidents, max: limits.maxRecurrences },
      measure: {
        fact: `${counted(incidents, 'incident')} within 24 h`,
        limit: `at most ${limits.maxRecurrences}`,
        limitSource: 'limits.maxRecurrences',
      },
      passes: 'the workload does not keep breaking',
    };
  },
);
