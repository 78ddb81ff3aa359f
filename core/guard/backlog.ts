import { elapsed, formatDuration, isBefore, isLonger, seconds, toIso } from '../shared/units.ts';
import type { KnownFacts } from './facts.ts';
import { definePolicyGuard } from './guard.ts';

type Facts = Pick<KnownFacts, 'now' | 'limits' | 'mode' | 'incident'>;

/**
 * Why an incident counts as one that waited; null when it did not.
 *
 * It began before the mode was last changed, or its first verdict comes long after its first signal, as after a pause or
 * an outage. What was begun before goes on: only a first attempt waits, and it does no longer once a person was asked.
 */
export const whyWaited = ({ now, limits, mode, incident }: Facts): string | null => {
  if (incident.attempt > 1 || incident.asked) return null;
  if (mode.since === null) return 'when the mode was last changed is not known';
  const { openedAt, waitedSince } = incident;
  // The alarm was read again when it was taken up, so the incident itself is young.
  const [began, what] = waitedSince === undefined ? [openedAt, 'opened'] : [waitedSince, 'its alarm spoke'];
  if (isBefore(began, mode.since)) return `${what} before the mode was changed at ${toIso(mode.since)}`;
  const age = elapsed(began, now);
  return isLonger(age, seconds(limits.backlogAfterSeconds)) ? `${what} ${formatDuration(age)} ago` : null;
};

/** What piled up is planned, capped and shown, never carried out at once: `policies/backlog.cedar`. */
export const backlogGuard = definePolicyGuard(
  'backlog',
  'backlog',
  ['now', 'limits', 'mode', 'incident', 'coordination'],
  ({ coordination: { backlog }, ...facts }) => {
    const { limits, incident } = facts;
    const why = whyWaited(facts);
    const found = backlog.indexOf(incident.incidentId);
    const position = found === -1 ? backlog.length : found;
    return {
      facts: {
        waited: why !== null,
        position,
        dryRuns: limits.backlogDryRuns,
        maxAsked: limits.backlogMaxAsked,
      },
      measure: {
        fact: why === null ? 'it did not wait' : `${why}, number ${position + 1} that waited this hour`,
        limit: `${limits.backlogDryRuns} planned only, ${limits.backlogMaxAsked} put before a person, the rest escalated`,
        limitSource: 'limits.backlogDryRuns, limits.backlogMaxAsked',
      },
      passes: 'the incident did not wait in a queue',
      words: { position: `${position + 1}`, dryRuns: `${limits.backlogDryRuns}` },
    };
  },
);
