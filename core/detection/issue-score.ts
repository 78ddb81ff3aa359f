import { REPORT_THRESHOLD } from './anomaly-detector.ts';

/** Issue score of a sample exactly at the shipped threshold: the strictest environment's threshold (prod). */
const ISSUE_SCORE_OF_REPORT = 50;

/**
 * A detector's score in the units of the environments' issue threshold, 0 to 100.
 *
 * The shipped threshold is 50, which is prod's; dev (30) and stage (40) hear of weaker anomalies.
 *
 * @throws RangeError when the score is outside [0, 1]
 */
export const toIssueScore = (score: number): number => {
  if (!(score >= 0 && score <= 1)) throw new RangeError(`a score must be in [0, 1], got ${score}`);
  const points =
    score <= REPORT_THRESHOLD
      ? (score / REPORT_THRESHOLD) * ISSUE_SCORE_OF_REPORT
      : ISSUE_SCORE_OF_REPORT + ((score - REPORT_THRESHOLD) / (1 - REPORT_THRESHOLD)) * (100 - ISSUE_SCORE_OF_REPORT);
  return Math.round(points);
};
