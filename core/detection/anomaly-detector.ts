import type { EpochMs } from '../shared/units.ts';
import { type Availability, availabilityAt } from './availability.ts';
import {
  type DetectorMemory,
  type DetectorState,
  decodeState,
  DETECTOR_STATE_VERSION,
  encodeState,
  SILENT_SAMPLES,
} from './detector-state.ts';
import { type Metric, quantile, spreadOf } from './novelty.ts';
import { explainReport, type Reason } from './reason.ts';
import { SampleRing } from './sample-ring.ts';
import { TailHistogram } from './tail-histogram.ts';
import { GAUGES, measure, type Measurement, sumOfEvidence } from './views.ts';

/** Score from which an answer is a report: the constant that ships. */
export const REPORT_THRESHOLD = 0.5;
/** Evidence at that score, in nats: all views together are e^5, some 150 times, rarer than the number of samples explains. */
const REPORT_EVIDENCE = 5;
/** Samples during which a burst is not reported again; they start anew while it goes on. */
const COOLDOWN_SAMPLES = 100;
/** A burst goes on within 3 nats (20 times) of its peak, and is reported again when it outdoes the peak by as much. */
const BURST_MARGIN = 3;
/** Stored values stay finite in single precision whatever comes. */
const LARGEST_STORED = 1e30;
/** Added to a number, turns -0 into 0: JSON knows no -0, and saving must change nothing. */
const NO_MINUS_ZERO = 0;
const MS_PER_MINUTE = 60_000;

/** One measured value; null where the source has none for this time. */
export interface Sample {
  readonly at: EpochMs;
  /** In the metric's own unit. */
  readonly value: number | null;
}

/** Answer to one sample. A missing sample is not a normal one. */
export type Observation =
  | { readonly state: 'learning'; readonly score: 0; readonly samplesToGo: number }
  | { readonly state: 'missing'; readonly score: 0 }
  | {
      readonly state: 'scored';
      /** 0 to 1; 0 while an already answered burst lasts. */
      readonly score: number;
      /** Sum over the views, in nats; the score without the damping of bursts. */
      readonly evidence: number;
      /** Present when the score reaches `REPORT_THRESHOLD`. */
      readonly reason: Reason | null;
    };

/** Where the metric lies and how much it moves among its first 50 samples. Only guards the precision of stored values. */
const chooseScale = (values: readonly number[]): NonNullable<DetectorMemory['scale']> => {
  const sorted = values.toSorted((a, b) => a - b);
  const origin = quantile(sorted, 0.5);
  const range = quantile(sorted, 0.98) - quantile(sorted, 0.02);
  return { origin, unit: Math.min(range, Number.MAX_VALUE) || Math.abs(origin) || 1 };
};

/**
 * Finds what is unlike everything seen before in one metric, sample by sample, without knowing its name, range or length.
 *
 * Each sample is looked at in several ways (`views.ts`). A histogram per gauge turns a distance into a surprise; what
 * remains of the surprises after a correction for the number of samples is added up and squashed to [0, 1]. Of time,
 * only the time of day is read. Memory is bounded (4,000 samples, 40 KB saved); saving and restoring changes no score.
 */
export class AnomalyDetector {
  #warmUp: DetectorMemory['warmUp'];
  #scale: DetectorMemory['scale'];
  #spread: DetectorMemory['spread'];
  #seen: number;
  #nextRefresh: number;
  #ring: SampleRing;
  #histograms: readonly TailHistogram[];
  #burst: DetectorMemory['burst'];

  constructor(memory?: DetectorMemory) {
    this.#warmUp = memory?.warmUp ?? [];
    this.#scale = memory?.scale ?? null;
    this.#spread = memory?.spread ?? { median: 0, width: 1 };
    this.#seen = memory?.seen ?? 0;
    this.#nextRefresh = memory?.nextRefresh ?? SILENT_SAMPLES;
    this.#ring = new SampleRing(memory?.ring);
    this.#histograms = GAUGES.map((_, i) => new TailHistogram(memory?.histograms[i]));
    this.#burst = memory?.burst ?? null;
  }

  /** @throws InvalidInputError when the state is not one that `save` returned */
  static restore(state: unknown): AnomalyDetector {
    return new AnomalyDetector(decodeState(state));
  }

  /** The whole memory as plain JSON, at most 40 KB. */
  save(): DetectorState {
    return encodeState({
      version: DETECTOR_STATE_VERSION,
      warmUp: [...this.#warmUp],
      scale: this.#scale,
      spread: this.#spread,
      seen: this.#seen,
      nextRefresh: this.#nextRefresh,
      ring: this.#ring.state,
      histograms: this.#histograms.map(({ state }) => state),
      burst: this.#burst,
    });
  }

  /**
   * Scores a sample against everything before it, then learns it. A time before the newest one counts as the newest.
   *
   * @throws RangeError when the value is not finite
   */
  observe({ at, value }: Sample): Observation {
    if (value === null) return { state: 'missing', score: 0 };
    if (!Number.isFinite(value)) throw new RangeError(`a sample's value must be a finite number, got ${value}`);
    const minute = Math.floor(at / MS_PER_MINUTE);
    if (this.#scale === null) return this.#warm(minute, value + NO_MINUS_ZERO);
    const stored = this.#toStored(value);
    const measurement = this.#measure(stored, minute);
    if (this.#seen < SILENT_SAMPLES) {
      this.#learn(stored, minute, measurement);
      return { state: 'learning', score: 0, samplesToGo: SILENT_SAMPLES - this.#seen };
    }
    const evidence = sumOfEvidence(measurement);
    const score = this.#reportOnce(evidence);
    const reason = score >= REPORT_THRESHOLD ? explainReport(this.#metric, { value, minute, measurement }) : null;
    this.#learn(stored, minute, measurement);
    return { state: 'scored', score, evidence, reason };
  }

  /** Whether samples arrive as usual at this time. No samples is a state of its own: nothing can be said of the metric. */
  availability(now: EpochMs): Availability {
    const minutes = this.#scale === null ? this.#warmUp.map(([minute]) => minute) : this.#ring.minutes;
    return availabilityAt(minutes, now / MS_PER_MINUTE);
  }

  /**
   * Forgets what was seen before a time: after a deployment, or when a new level was accepted as the normal one.
   *
   * What came since is learned as if it were all there ever was; with fewer than 50 samples the detector is silent first.
   */
  forget({ before }: { readonly before: EpochMs }): void {
    const since = before / MS_PER_MINUTE;
    this.#warmUp = this.#warmUp.filter(([minute]) => minute >= since);
    const { values, minutes } = this.#ring;
    this.#ring = new SampleRing();
    this.#histograms = GAUGES.map(() => new TailHistogram());
    this.#spread = { median: 0, width: 1 };
    this.#seen = 0;
    this.#nextRefresh = SILENT_SAMPLES;
    this.#burst = null;
    for (const [i, minute] of minutes.entries()) {
      if (minute >= since) this.#relearn(values[i] ?? 0, minute);
    }
  }

  get #metric(): Metric {
    const { origin, unit } = this.#scale ?? { origin: 0, unit: 1 };
    return { ring: this.#ring, histograms: this.#histograms, spread: this.#spread, seen: this.#seen, origin, unit };
  }

  #toStored(value: number): number {
    const { origin, unit } = this.#scale ?? { origin: 0, unit: 1 };
    return Math.fround(Math.max(-LARGEST_STORED, Math.min(LARGEST_STORED, (value - origin) / unit))) + NO_MINUS_ZERO;
  }

  #warm(minute: number, value: number): Observation {
    this.#warmUp = [...this.#warmUp, [minute, value]];
    const samplesToGo = SILENT_SAMPLES - this.#warmUp.length;
    if (samplesToGo === 0) {
      this.#scale = chooseScale(this.#warmUp.map(([, warm]) => warm));
      for (const [time, warm] of this.#warmUp) this.#relearn(this.#toStored(warm), time);
      this.#warmUp = [];
    }
    return { state: 'learning', score: 0, samplesToGo };
  }

  #relearn(stored: number, minute: number): void {
    this.#learn(stored, minute, this.#measure(stored, minute));
  }

  #measure(stored: number, minute: number): Measurement {
    if (this.#seen >= this.#nextRefresh) {
      this.#spread = spreadOf(this.#ring);
      this.#nextRefresh *= 2;
    }
    return measure(this.#metric, stored, minute);
  }

  #learn(stored: number, minute: number, { distances }: Measurement): void {
    for (const [i, gauge] of GAUGES.entries()) {
      const distance = distances[gauge];
      if (distance !== null) this.#histograms[i]?.add(distance);
    }
    this.#ring.push(stored, minute);
    this.#seen += 1;
  }

  /** The score, or 0 when it belongs to a burst that was answered already. */
  #reportOnce(evidence: number): number {
    const burst = this.#burst;
    if (burst !== null && burst.age < COOLDOWN_SAMPLES && evidence <= burst.peak + BURST_MARGIN) {
      const goesOn = evidence > burst.peak - BURST_MARGIN;
      this.#burst = { peak: burst.peak, age: goesOn ? 0 : burst.age + 1 };
      return 0;
    }
    this.#burst = evidence > 0 ? { peak: evidence, age: 0 } : null;
    return evidence / (evidence + REPORT_EVIDENCE);
  }
}
