import { durationMs, elapsed, formatDuration, hours, isLonger, seconds, toIso } from '../shared/units.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import type { KnownFacts } from './facts.ts';
import { allow, changesWorkload, defineChangeGuard, defineGuard, deny, nothingToLimit } from './guard.ts';
import { counted } from './wording.ts';

/** Within this, applied actions that brought no recovery, and actions of other incidents, add up. */
export const LOOP_WINDOW: DurationMs = hours(4);

/** Within this, failures in a row and incidents of one workload add up; after it the automation may try afresh. */
export const DAY: DurationMs = hours(24);

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
export const attemptsGuard = defineGuard(
  'attempts',
  ['limits', 'incident', 'coordination', 'decision'],
  ({ limits, incident, coordination, decision }) => {
    if (decision.plan.actionId === 'escalate') return nothingToLimit(decision.plan.actionId);
    const done = changesOf(coordination).filter(({ incidentId }) => incidentId === incident.incidentId).length;
    const attempt = Math.max(incident.attempt, done + 1);
    const measure = {
      fact: `attempt ${attempt}`,
      limit: `at most ${limits.maxAttempts}`,
      limitSource: 'limits.maxAttempts',
    };
    return attempt <= limits.maxAttempts
      ? allow('the incident has attempts left', measure)
      : deny('the incident has no attempts left', measure);
  },
);

/**
 * Time to settle between incidents of one workload: `cooldownSeconds` after a change made for another incident,
 * doubled for each further one within {@link LOOP_WINDOW}. Attempts of the same incident are limited by `attempts`.
 */
export const cooldownGuard = defineChangeGuard(
  'cooldown',
  ['now', 'limits', 'incident', 'coordination'],
  ({ now, limits, incident, coordination }) => {
    const others = changesOf(coordination).filter(({ incidentId }) => incidentId !== incident.incidentId);
    const recent = others.filter(({ at }) => isWithin(LOOP_WINDOW, now, at)).length;
    const pause = seconds(limits.cooldownSeconds * 2 ** Math.max(0, recent - 1));
    const last = others.at(-1);
    const measure = {
      fact: last === undefined ? 'no earlier change' : `last change at ${toIso(last.at)}, ${recent} within 4 h`,
      limit: `a pause of ${formatDuration(pause)}`,
      limitSource: 'limits.cooldownSeconds, doubled with each change',
    };
    if (last === undefined) return allow('no other incident has changed the workload', measure);
    const since = elapsed(last.at, now);
    return isLonger(pause, since)
      ? deny(`the workload must settle for ${formatDuration(durationMs(pause - since))} more`, measure)
      : allow('the workload had time to settle', measure);
  },
);

/** The last changes within {@link DAY} were not one failure after the other, whichever incident they were made for. */
export const consecutiveFailuresGuard = defineChangeGuard(
  'consecutive-failures',
  ['now', 'limits', 'coordination'],
  ({ now, limits, coordination }) => {
    const recent = changesOf(coordination).filter(({ at }) => isWithin(DAY, now, at));
    const failures = recent.length - 1 - recent.findLastIndex((action) => isRecovery(action));
    const measure = {
      fact: `${counted(failures, 'failure')} in a row`,
      limit: `fewer than ${limits.maxConsecutiveFailures} within 24 h`,
      limitSource: 'limits.maxConsecutiveFailures',
    };
    return failures < limits.maxConsecutiveFailures
      ? allow('earlier changes did not fail in a row', measure)
      : deny('one change after the other did not help: a person takes over', measure);
  },
);

/** Changes that were applied without error but brought no recovery do not add up within {@link LOOP_WINDOW}. */
export const ineffectiveSuccessesGuard = defineChangeGuard(
  'ineffective-successes',
  ['now', 'limits', 'coordination'],
  ({ now, limits, coordination }) => {
    const ineffective = changesOf(coordination).filter(
      (action) => isWithin(LOOP_WINDOW, now, action.at) && !isRecovery(action),
    ).length;
    const measure = {
      fact: `${counted(ineffective, 'change')} without a recovery`,
      limit: `fewer than ${limits.maxIneffectiveSuccesses} within 4 h`,
      limitSource: 'limits.maxIneffectiveSuccesses',
    };
    return ineffective < limits.maxIneffectiveSuccesses
      ? allow('earlier changes were worth it', measure)
      : deny('changes are applied and help nobody: a person takes over', measure);
  },
);

/** The workload does not keep breaking: incidents within {@link DAY}, this one included, those dismissed left out. */
export const recurrenceGuard = defineChangeGuard(
  'recurrence',
  ['now', 'limits', 'incident', 'earlierIncidents'],
  ({ now, limits, incident, earlierIncidents }) => {
    const recent = earlierIncidents.filter(
      ({ openedAt, status }) => isWithin(DAY, now, openedAt) && status !== 'dismissed',
    );
    const count = new Set([incident.incidentId, ...recent.map(({ incidentId }) => incidentId)]).size;
    const measure = {
      fact: `${counted(count, 'incident')} within 24 h`,
      limit: `at most ${limits.maxRecurrences}`,
      limitSource: 'limits.maxRecurrences',
    };
    return count <= limits.maxRecurrences
      ? allow('the workload does not keep breaking', measure)
      : deny('the workload keeps breaking: a person takes over', measure);
  },
);
