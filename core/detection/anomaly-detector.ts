import type { EpochMs } from '../shared/units.ts';
import {
  type DetectorMemory,
  type DetectorState,
  decodeState,
  DETECTOR_STATE_VERSION,
  encodeState,
} from './detector-state.ts';
import { daytimeDistance, discord, nearestValueDistance, relativeDistance, type Spread } from './novelty.ts';
import { SampleRing } from './sample-ring.ts';
import { HISTOGRAM_CAP, TailHistogram } from './tail-histogram.ts';

/**
 * Score from which an observation is a report: half way to certainty. It is the constant that ships; what it means in
 * evidence is `REPORT_EVIDENCE`.
 */
export const REPORT_THRESHOLD = 0.5;
/** Nats of evidence at the threshold: all views together are e^6, some 400 times, rarer than chance explains. */
const REPORT_EVIDENCE = 6;
/** No score before this many samples: quantiles of fewer mean little. */
export const SILENT_SAMPLES = 50;
/** A view has a voice when at most this many of all samples so far were as surprising. */
const VOICE_RANK = 100;
/** Samples during which a burst is not reported again. */
const COOLDOWN_SAMPLES = 100;
/** Nats by which a sample must outdo the burst to be reported again; samples as close below its peak prolong it. */
const BURST_MARGIN = 3;
/** Stored values stay finite in single precision whatever comes. */
const LARGEST_STORED = 1e30;
const MS_PER_MINUTE = 60_000;

/** The ways in which a sample can be unlike everything seen. */
export const VIEWS = ['value', 'relative', 'stretch4', 'stretch8', 'stretch16', 'daytime'] as const;
export type View = (typeof VIEWS)[number];

/** One measured value; null where the source has none for this time. */
export interface Sample {
  readonly at: EpochMs;
  /** In the metric's own unit. */
  readonly value: number | null;
}

/** What one view says about a sample. */
export interface ViewResult {
  readonly view: View;
  /** Distance from what was seen, in `unit`s of the metric. */
  readonly distance: number;
  /** Nats: -ln of the share of earlier samples at least as far. */
  readonly surprise: number;
  /** Nats left after the correction for the number of samples looked at, 0 and up. */
  readonly evidence: number;
}

/** Answer to one sample. A missing sample is not a normal one. */
export type Observation =
  | { readonly state: 'learning'; readonly score: 0; readonly samplesToGo: number }
  | { readonly state: 'missing'; readonly score: 0 }
  | {
      readonly state: 'scored';
      /** 0 to 1; 0 while an already reported burst lasts. */
      readonly score: number;
      /** Sum over the views, nats. */
      readonly evidence: number;
      readonly views: readonly ViewResult[];
    };

/** Where the metric lies and how much it moves, fixed when the first 50 samples are known; only guards precision. */
interface Scale {
  readonly origin: number;
  readonly unit: number;
}

const quantile = (sorted: ArrayLike<number>, share: number): number =>
  sorted[Math.floor(share * (sorted.length - 1))] ?? 0;

const chooseScale = (values: readonly number[]): Scale => {
  const sorted = values.toSorted((a, b) => a - b);
  const origin = quantile(sorted, 0.5);
  return { origin, unit: quantile(sorted, 0.98) - quantile(sorted, 0.02) || Math.abs(origin) || 1 };
};

const spreadOf = (ring: SampleRing): Spread => ({
  median: quantile(ring.sorted, 0.5),
  width: quantile(ring.sorted, 0.98) - quantile(ring.sorted, 0.02) || 1,
});

/**
 * Finds what is unlike everything seen before in one metric, sample by sample, without knowing its name, range or length.
 *
 * Each sample is looked at in six ways (`VIEWS`). A histogram per view turns the distance into a surprise; what remains
 * of the surprises after a correction for the number of samples is added up and squashed to [0, 1]. Time is read for
 * the time of day only. Memory is bounded (4,000 samples, 40 KB saved), and saving and restoring changes no score.
 */
export class AnomalyDetector {
  #warmUp: DetectorMemory['warmUp'];
  #scale: Scale | null;
  #spread: Spread;
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
    this.#histograms = VIEWS.map((_, i) => new TailHistogram(memory?.histograms[i]));
    this.#burst = memory?.burst ?? null;
  }

  /** @throws InvalidInputError when the state is not one that `save` returned */
  static restore(state: unknown): AnomalyDetector {
    return new AnomalyDetector(decodeState(state));
  }

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
   * Scores a sample against everything before it, then learns it.
   *
   * @throws RangeError when the value is not finite
   */
  observe({ at, value }: Sample): Observation {
    if (value === null) return { state: 'missing', score: 0 };
    if (!Number.isFinite(value)) throw new RangeError(`a sample's value must be a finite number, got ${value}`);
    const minute = Math.floor(at / MS_PER_MINUTE);
    if (this.#scale === null) return this.#warm(minute, value);
    const { origin, unit } = this.#scale;
    const stored = Math.max(-LARGEST_STORED, Math.min(LARGEST_STORED, (value - origin) / unit));
    const views = this.#learn(Math.fround(stored), minute);
    if (this.#seen <= SILENT_SAMPLES) {
      return { state: 'learning', score: 0, samplesToGo: SILENT_SAMPLES - this.#seen };
    }
    const evidence = views.reduce((sum, view) => sum + view.evidence, 0);
    return { state: 'scored', score: this.#reportOnce(evidence), evidence, views };
  }

  #warm(minute: number, value: number): Observation {
    this.#warmUp = [...this.#warmUp, [minute, value]];
    if (this.#warmUp.length === SILENT_SAMPLES) {
      this.#scale = chooseScale(this.#warmUp.map(([, warm]) => warm));
      const { origin, unit } = this.#scale;
      for (const [time, warm] of this.#warmUp) this.#learn(Math.fround((warm - origin) / unit), time);
      this.#warmUp = [];
    }
    return { state: 'learning', score: 0, samplesToGo: SILENT_SAMPLES - Math.max(this.#warmUp.length, this.#seen) };
  }

  #learn(value: number, minute: number): ViewResult[] {
    if (this.#seen >= this.#nextRefresh) {
      this.#spread = spreadOf(this.#ring);
      this.#nextRefresh *= 2;
    }
    this.#seen += 1;
    // A view that has been wrong n times by chance must be n times as sure; capped, or long-lived metrics fall silent.
    const correction = Math.log(Math.max(1, Math.min(this.#seen, HISTOGRAM_CAP) / VOICE_RANK));
    const views: ViewResult[] = [];
    for (const [i, view] of VIEWS.entries()) {
      const distance = this.#distance(view, value, minute);
      const histogram = this.#histograms[i];
      if (distance === null || histogram === undefined) continue;
      const surprise = histogram.surprise(distance);
      histogram.add(distance);
      views.push({ view, distance, surprise, evidence: Math.max(0, surprise - correction) });
    }
    this.#ring.push(value, minute);
    return views;
  }

  #distance(view: View, value: number, minute: number): number | null {
    switch (view) {
      case 'value':
        return nearestValueDistance(this.#ring, value);
      case 'relative':
        return relativeDistance(this.#ring, value, this.#spread);
      case 'stretch4':
        return discord(this.#ring, value, 4);
      case 'stretch8':
        return discord(this.#ring, value, 8);
      case 'stretch16':
        return discord(this.#ring, value, 16);
      case 'daytime':
        return daytimeDistance(this.#ring, value, minute);
    }
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
