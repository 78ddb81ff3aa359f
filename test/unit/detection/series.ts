import type { AnomalyDetector } from '../../../core/detection/anomaly-detector.ts';
import { type Observation } from '../../../core/detection/anomaly-detector.ts';
import { epochMs } from '../../../core/shared/units.ts';

export const FIVE_MINUTES_MS = 300_000;
export const START_MS = Date.UTC(2026, 0, 5);

/** Small seeded generator (a linear congruence), uniform in [0, 1). */
export const randomFrom = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
};

/** A daily wave between 30 and 70 with noise of 4, five minutes apart. */
export const dailyWave = (samples: number, seed = 1): number[] => {
  const random = randomFrom(seed);
  return Array.from({ length: samples }, (_, i) => 50 + 20 * Math.sin((2 * Math.PI * i) / 288) + 4 * (random() - 0.5));
};

export const timeOf = (index: number): ReturnType<typeof epochMs> => epochMs(START_MS + index * FIVE_MINUTES_MS);

/** Feeds values five minutes apart, the first one at the given index. */
export const feed = (detector: AnomalyDetector, values: readonly number[], from = 0): Observation[] =>
  values.map((value, i) => detector.observe({ at: timeOf(from + i), value }));

export const scoresOf = (observations: readonly Observation[]): number[] => observations.map(({ score }) => score);
