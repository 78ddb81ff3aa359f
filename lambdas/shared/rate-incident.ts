import type { Feedback } from '../../core/contracts/api/incidents.ts';
import { feedbackExperience } from '../../core/learning/feedback.ts';
import type { Experience } from '../../core/shared/ports.ts';
import { fromIso } from '../../core/shared/units.ts';

/** What it takes to rate an incident, whichever way the rating comes: API, command line, signed link. */
export interface RatingDeps {
  /** What a closed incident taught; null for nothing. */
  readonly experienceOf: (incidentId: string) => Promise<Experience | null>;
  /** Keeps a rating, with what it teaches; false when this person has rated the incident before. */
  readonly putFeedback: (subject: string, feedback: Feedback, lesson: Experience | null) => Promise<boolean>;
}

/**
 * Keeps a rating of a closed incident, and what it teaches.
 *
 * @param subject - who rates, as one rating for each is kept by
 * @returns false when the same has rated it before
 */
export const rateIncident = async (subject: string, feedback: Feedback, deps: RatingDeps): Promise<boolean> => {
  const experience = await deps.experienceOf(feedback.incidentId);
  const lesson = experience === null ? null : feedbackExperience(experience, feedback, fromIso(feedback.at));
  return deps.putFeedback(subject, feedback, lesson);
};
