/** Width of a bin: each is 5 % wider than the one below, which is finer than any decision made from it. */
const LOG_RATIO = Math.log(1.05);
/** 384 bins of 5 % span eight decades, from the largest score down. */
export const HISTOGRAM_BINS = 384;
const BINS = HISTOGRAM_BINS;
/** At this many scores all counts are halved, so that the last ten weeks of five-minute samples decide. */
export const HISTOGRAM_CAP = 20_000;
/** The share of scores that is modelled as a tail; the rest is ranked. */
const TAIL_SHARE = 0.02;
/** A score stretches the range at most by 200 bins (a factor of 17,000) over the tail's start, or one glitch would blind us. */
const STRETCH_BINS = 200;
/** Pretended tail scores a factor e above the tail's start: they keep a young tail from looking thinner than it is. */
const PRIOR_TAIL_SCORES = 2;

/** Where the tail starts. */
interface Tail {
  /** Logarithm of the score at the start, in bins. */
  readonly start: number;
  /** Share of all scores at or above the start. */
  readonly share: number;
  /** Mean excess over the start, in bins. */
  readonly meanExcess: number;
}

/** Serialisable content. `top` is the absolute number of the highest bin, null before the first score above 0. */
export interface TailHistogramState {
  readonly top: number | null;
  readonly total: number;
  readonly counts: Uint16Array;
}

/**
 * What scores of one kind usually are, in a fixed number of bytes, and how surprising a new one is.
 *
 * Bins are geometric, so the answer does not depend on the unit of the score. Scores of 0 and scores more than eight
 * decades below the largest share the lowest bin.
 */
export class TailHistogram {
  #top: number | null;
  #total: number;
  readonly #counts: Uint16Array;

  constructor(state?: TailHistogramState) {
    this.#top = state?.top ?? null;
    this.#total = state?.total ?? 0;
    this.#counts = state === undefined ? new Uint16Array(BINS) : Uint16Array.from(state.counts);
  }

  get state(): TailHistogramState {
    return { top: this.#top, total: this.#total, counts: this.#counts };
  }

  /** Scores counted so far, halvings included. */
  get total(): number {
    return this.#total;
  }

  /** Counts a score (any unit, at least 0). */
  add(score: number): void {
    if (score > 0) this.#makeRoomFor(Math.floor(Math.log(score) / LOG_RATIO));
    const index = Math.min(BINS - 1, Math.floor(this.#position(score)));
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#total += 1;
    if (this.#total >= HISTOGRAM_CAP) this.#halve();
  }

  /**
   * Surprise of a score: -ln of the probability that a usual score is at least as high.
   *
   * Below the 98 % quantile the probability is the rank; above it an exponential tail is fitted to the logarithm of the
   * scores (a Pareto tail with Hill's estimator), which can tell a new maximum from one that is ten times as far.
   *
   * @returns nats, 0 and up; 1 on average for usual scores
   * @see Hill, A simple general approach to inference about the tail of a distribution (1975)
   */
  surprise(score: number): number {
    if (score <= 0 || this.#total === 0) return 0;
    if (this.#top === null) return -Math.log(0.5 / (this.#total + 1));
    const position = this.#position(score);
    const tail = this.#tail();
    if (position <= tail.start) return -Math.log(this.#shareAbove(position));
    return -Math.log(tail.share) + (position - tail.start) / tail.meanExcess;
  }

  /** The score below which a share of all scores lies (upper edge of its bin); 0 while scores above 0 are rarer than the rest. */
  quantile(share: number): number {
    if (this.#top === null) return 0;
    let above = 0;
    for (let bin = BINS - 1; bin > 0; bin -= 1) {
      above += this.#counts[bin] ?? 0;
      if (above > (1 - share) * this.#total) return Math.exp((bin + 1 + this.#top - BINS + 1) * LOG_RATIO);
    }
    return 0;
  }

  /** Place of a score on the axis of bins, 0 being the lowest bin's lower edge. */
  #position(score: number): number {
    if (score <= 0 || this.#top === null) return 0;
    return Math.max(0, Math.log(score) / LOG_RATIO - this.#top + BINS - 1);
  }

  #shareAbove(position: number): number {
    const index = Math.min(BINS - 1, Math.floor(position));
    let above = (this.#counts[index] ?? 0) * Math.max(0, index + 1 - position);
    for (let bin = index + 1; bin < BINS; bin += 1) above += this.#counts[bin] ?? 0;
    return (above + 0.5) / (this.#total + 1);
  }

  /** The start is the 98 % quantile, or the smallest score above 0 where fewer than 2 % are. */
  #tail(): Tail {
    const wanted = TAIL_SHARE * this.#total;
    let above = 0;
    let weighted = 0;
    let start = BINS;
    for (let bin = BINS - 1; bin > 0; bin -= 1) {
      const count = this.#counts[bin] ?? 0;
      if (count === 0) continue;
      if (above > 0 && above + count > wanted) break;
      above += count;
      weighted += count * (bin + 0.5);
      start = bin;
    }
    const prior = PRIOR_TAIL_SCORES / LOG_RATIO;
    const meanExcess = (weighted - above * start + prior) / (above + PRIOR_TAIL_SCORES);
    return { start, share: (above + 0.5) / (this.#total + 1), meanExcess };
  }

  #makeRoomFor(bin: number): void {
    if (this.#top === null) {
      this.#top = bin;
      return;
    }
    const highest = this.#total < 50 ? bin : Math.floor(this.#tail().start) + this.#top - BINS + 1 + STRETCH_BINS;
    const shift = Math.min(bin, highest) - this.#top;
    if (shift <= 0) return;
    let lowest = 0;
    for (let i = 0; i <= Math.min(shift, BINS - 1); i += 1) lowest += this.#counts[i] ?? 0;
    if (shift < BINS) this.#counts.copyWithin(0, shift);
    this.#counts.fill(0, Math.max(0, BINS - shift));
    this.#counts[0] = lowest;
    this.#top += shift;
  }

  #halve(): void {
    this.#total = 0;
    for (let i = 0; i < BINS; i += 1) {
      this.#counts[i] = (this.#counts[i] ?? 0) >> 1;
      this.#total += this.#counts[i] ?? 0;
    }
  }
}
