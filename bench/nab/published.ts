/** Scores as standard, reward_low_FP_rate, reward_low_FN_rate. */
export type ProfileScores = readonly [standard: number, lowFalsePositives: number, lowFalseNegatives: number];

/**
 * Published detectors, their result files scored on the open part of NAB (34 files), thresholds chosen per profile on
 * the same files. Ours is shown both ways.
 *
 * @see https://github.com/numenta/NAB scoreboard and results/ at commit ea702d7
 */
export const PUBLISHED: readonly { readonly detector: string; readonly scores: ProfileScores }[] = [
  { detector: 'perfect', scores: [100, 100, 100] },
  { detector: 'Numenta HTM', scores: [73.6, 68.4, 77.0] },
  { detector: 'CAD OSE', scores: [71.7, 68.2, 75.2] },
  { detector: 'ARTime', scores: [71.0, 62.4, 76.0] },
  { detector: 'htm.java', scores: [70.2, 65.6, 73.5] },
  { detector: 'KNN CAD', scores: [61.0, 51.0, 66.0] },
  { detector: 'Random Cut Forest (AWS)', scores: [56.7, 47.6, 63.1] },
  { detector: 'earthgecko Skyline', scores: [55.6, 46.2, 60.4] },
  { detector: 'Relative Entropy', scores: [46.4, 39.2, 50.2] },
  { detector: 'Twitter ADVec', scores: [43.5, 30.6, 50.4] },
  { detector: 'Etsy Skyline', scores: [38.6, 28.4, 43.0] },
  { detector: 'Windowed Gaussian', scores: [35.0, 16.7, 43.4] },
  { detector: 'Bayesian changepoint', scores: [34.3, 14.8, 49.5] },
  { detector: 'EXPoSE', scores: [13.7, 7.1, 21.2] },
  { detector: 'null (never detects)', scores: [0, 0, 0] },
];
