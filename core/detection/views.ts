import { daytimeDistance, discords, type Metric, nearestValueDistance, relativeDistance } from './novelty.ts';
import { HISTOGRAM_CAP } from './tail-histogram.ts';

/** What is measured of a sample, each with a histogram of its own. The order is part of the saved format. */
export const GAUGES = ['value', 'relative', 'stretch4', 'stretch8', 'stretch16', 'stretch32', 'daytime'] as const;
export type Gauge = (typeof GAUGES)[number];

/**
 * The ways of looking at a sample, whose evidence adds up. A value must be new in both readings, linear and relative:
 * far in units alone is usual at a high level, far in relation alone is usual near zero.
 */
const VIEWS: readonly (readonly [Gauge, ...Gauge[]])[] = [
  ['value', 'relative'],
  ['stretch4'],
  ['stretch8'],
  ['stretch16'],
  ['stretch32'],
  ['daytime'],
];

/** A view has a voice when at most this many of all samples so far were as surprising. */
const VOICE_RANK = 100;

/** What the gauges show for one sample. */
export interface Measurement {
  /** Distance from what was seen, in the metric's stored unit; null where there is nothing to compare with. */
  readonly distances: Readonly<Record<Gauge, number | null>>;
  /** One entry per view: its leading gauge, its surprise and what is left as evidence, both in nats, 0 and up. */
  readonly views: readonly { readonly gauge: Gauge; readonly surprise: number; readonly evidence: number }[];
}

const measureDistances = ({ ring, spread }: Metric, value: number, minute: number): Measurement['distances'] => {
  const [stretch4 = 0, stretch8 = 0, stretch16 = 0, stretch32 = 0] = discords(ring, value);
  return {
    value: nearestValueDistance(ring, value),
    relative: relativeDistance(ring, value, spread),
    stretch4,
    stretch8,
    stretch16,
    stretch32,
    daytime: daytimeDistance(ring, value, minute),
  };
};

/**
 * Looks at a sample in every way.
 *
 * @param value - in the metric's stored unit
 * @param minute - since the epoch
 */
export const measure = (metric: Metric, value: number, minute: number): Measurement => {
  const distances = measureDistances(metric, value, minute);
  const surpriseOf = (gauge: Gauge): number => {
    const distance = distances[gauge];
    return distance === null ? 0 : (metric.histograms[GAUGES.indexOf(gauge)]?.surprise(distance) ?? 0);
  };
  // A view that was asked n times must be n times as sure; capped, or long-lived metrics would fall silent.
  const correction = Math.log(Math.max(1, Math.min(metric.seen + 1, HISTOGRAM_CAP) / VOICE_RANK));
  const views = VIEWS.map((gauges) => {
    const surprise = Math.min(...gauges.map(surpriseOf));
    return { gauge: gauges[0], surprise, evidence: Math.max(0, surprise - correction) };
  });
  return { distances, views };
};

/** Evidence of all views together, in nats: their surprises beyond what the number of samples explains. */
export const sumOfEvidence = ({ views }: Measurement): number => views.reduce((sum, { evidence }) => sum + evidence, 0);
