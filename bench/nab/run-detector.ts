import { AnomalyDetector } from '../../core/detection/anomaly-detector.ts';
import { epochMs } from '../../core/shared/units.ts';
import type { LabelledSeries } from './data.ts';

/** How to change a series before it is shown to the detector: the score must not care. */
export interface Transform {
  readonly factor: number;
  readonly offset: number;
  readonly shiftSeconds: number;
}

export const UNCHANGED: Transform = { factor: 1, offset: 0, shiftSeconds: 0 };

export interface DetectorRun {
  readonly scores: readonly number[];
  /** Processor time per sample: a busy machine's waiting does not count. */
  readonly milliseconds: readonly number[];
  readonly stateBytes: number;
}

/** One pass of a fresh detector over a series. */
export const runDetector = (
  series: LabelledSeries,
  { factor, offset, shiftSeconds }: Transform = UNCHANGED,
): DetectorRun => {
  const detector = new AnomalyDetector();
  const scores: number[] = [];
  const milliseconds: number[] = [];
  for (const [i, value] of series.values.entries()) {
    const at = epochMs(((series.times[i] ?? 0) + shiftSeconds) * 1_000);
    const start = process.cpuUsage();
    scores.push(detector.observe({ at, value: value * factor + offset }).score);
    const { user, system } = process.cpuUsage(start);
    milliseconds.push((user + system) / 1_000);
  }
  return { scores, milliseconds, stateBytes: JSON.stringify(detector.save()).length };
};
