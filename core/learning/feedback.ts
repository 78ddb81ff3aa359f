import type { FeedbackBody } from '../contracts/api/incidents.ts';
import type { Experience } from '../shared/ports.ts';
import type { EpochMs } from '../shared/units.ts';
import type { EvidenceDelta, EvidenceRow } from './evidence.ts';
import { cellAttribute } from './evidence.ts';
import { isLedger } from './ledger.ts';

/** What a person said of an incident. */
export type Rating = Pick<FeedbackBody, 'resolved' | 'rating'>;

/**
 * What a rating weighs beside the outcome that was measured. Only the first rating of an incident counts, so however many
 * people rate, and whatever they say, four incidents that they doubt weigh as much as one that failed.
 */
export const FEEDBACK_WEIGHT = 0.25;

/** What is called too slow took, for the learner, twice as long. */
const SLOW_FACTOR = 2;

/** The counts of one cure, by their names without the action. */
const confirmation = (row: EvidenceRow, action: string, { rating }: Rating): Readonly<Record<string, number>> => {
  const read = (count: 'fixed' | 'held' | 'fixMinutes'): number => row[cellAttribute(count, action)] ?? 0;
  const slow = rating === 'too_slow' ? SLOW_FACTOR : 1;
  return { fixed: read('fixed'), held: read('held'), fixMinutes: slow * read('fixMinutes') };
};

/** As if the cure had been tried once more and had changed nothing. */
const doubt = (row: EvidenceRow, action: string): Readonly<Record<string, number>> => {
  const fixed = row[cellAttribute('fixed', action)] ?? 0;
  return { failed: fixed, same: fixed, verifyMinutes: row[cellAttribute('fixMinutes', action)] ?? 0 };
};

/**
 * What a rating adds to the evidence: a quarter of what the incident itself was credited with, row by row. A cure is
 * confirmed by `resolved`, and doubted by `not resolved` or `wrong`. The cells' clocks stand still, so nothing that was
 * measured fades because somebody spoke.
 *
 * What actions have earned is counted from measured recoveries alone: no rating makes anything unattended.
 *
 * @param credited - what the incident taught when it was closed, as its experience holds it
 * @returns nothing for an incident that credited no cure
 */
export const creditFeedback = (credited: readonly EvidenceDelta[], rating: Rating): EvidenceDelta[] =>
  credited.flatMap(({ hypothesis, add: row }) => {
    if (isLedger(hypothesis)) return [];
    const add: Record<string, number> = {};
    for (const [attribute, value] of Object.entries(row)) {
      const [, action] = /^fixed\.(.+)$/.exec(attribute) ?? [];
      if (action === undefined || value <= 0) continue;
      const isDoubted = !rating.resolved || rating.rating === 'wrong';
      const counts = isDoubted ? doubt(row, action) : confirmation(row, action, rating);
      for (const [count, full] of Object.entries(counts)) {
        if (full > 0) add[`${count}.${action}`] = FEEDBACK_WEIGHT * full;
      }
    }
    return Object.keys(add).length === 0 ? [] : [{ hypothesis, add }];
  });

/**
 * The event of the log that a rating is; null where it can teach nothing.
 *
 * @param incident - the event of the closed incident
 * @returns an experience whose id is the incident's with `#feedback`, so that one rating counts, once
 */
export const feedbackExperience = (incident: Experience, rating: Rating, at: EpochMs): Experience | null => {
  const deltas = creditFeedback(incident.deltas, rating);
  if (deltas.length === 0) return null;
  return { executionId: `${incident.executionId}#feedback`, kind: 'feedback', tier: incident.tier, at, deltas };
};
