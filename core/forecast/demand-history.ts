import * as z from 'zod';
import { float32FromBase64, toBase64 } from '../detection/binary-text.ts';
import type { Sample } from '../shared/ports.ts';
import type { DurationMs, EpochMs } from '../shared/units.ts';
import { after, durationMs, epochMs, seconds } from '../shared/units.ts';

/** Steps of a season: five minutes of a day. */
const STEPS_PER_SEASON = 288;
/** Seasons kept: three to forecast from, and two more to judge the methods by. */
const SEASONS_KEPT = 5;

/** Demand in even steps, as it is stored: the mean of each step, NaN where nothing was measured. */
export const DemandHistorySchema = z.object({
  stepSeconds: z.int().positive(),
  /** End of the newest whole step, ms; where the open one begins. */
  endAt: z.number(),
  values: z.base64(),
  open: z.object({ sum: z.number(), count: z.int().nonnegative() }),
});
export type DemandHistory = z.output<typeof DemandHistorySchema>;

/** Length of a step and number of steps in a season, for samples that come every so often. */
export const demandGrid = (
  seasonSeconds: number,
  periodSeconds: number,
): { readonly stepSeconds: number; readonly steps: number } => {
  const periods = Math.max(1, Math.ceil(seasonSeconds / STEPS_PER_SEASON / periodSeconds));
  const stepSeconds = periods * periodSeconds;
  return { stepSeconds, steps: Math.max(2, Math.round(seasonSeconds / stepSeconds)) };
};

/**
 * Adds samples to a history, and drops what is older than five seasons. A step without a sample stays empty.
 *
 * @param samples - newer than what is in the history, oldest first
 */
export const addDemand = (
  history: DemandHistory | null,
  samples: readonly Sample[],
  grid: { readonly stepSeconds: number; readonly steps: number },
): DemandHistory | null => {
  const first = samples[0];
  const known = history?.stepSeconds === grid.stepSeconds ? history : null;
  if (first === undefined) return known;
  const step = seconds(grid.stepSeconds);
  const keep = SEASONS_KEPT * grid.steps;
  let values = known === null ? [] : [...float32FromBase64(known.values)];
  let endAt = known?.endAt ?? Math.floor(first.at / step) * step;
  let { sum, count } = known?.open ?? { sum: 0, count: 0 };
  for (const { at, value } of samples) {
    if (at < endAt) continue;
    if (at - endAt > keep * step) [values, endAt, sum, count] = [[], Math.floor(at / step) * step, 0, 0];
    while (at >= endAt + step) {
      values.push(count === 0 ? Number.NaN : sum / count);
      [endAt, sum, count] = [endAt + step, 0, 0];
    }
    [sum, count] = [sum + value, count + 1];
  }
  return {
    stepSeconds: grid.stepSeconds,
    endAt,
    values: toBase64(Float32Array.from(values.slice(-keep))),
    open: { sum, count },
  };
};

/** The history as a forecaster wants it: whole steps, oldest first, null where nothing was measured. */
export const demandSeries = (
  history: DemandHistory,
): { readonly values: readonly (number | null)[]; readonly endAt: EpochMs; readonly step: DurationMs } => ({
  values: [...float32FromBase64(history.values)].map((value) => (Number.isNaN(value) ? null : value)),
  endAt: epochMs(history.endAt),
  step: durationMs(seconds(history.stepSeconds)),
});

/** How far back a metric is worth reading that was never looked at before. */
export const demandSince = (now: EpochMs, seasonSeconds: number): EpochMs =>
  after(now, durationMs(-seconds(seasonSeconds * SEASONS_KEPT)));
