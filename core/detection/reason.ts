import { type Metric, quantile, sameTimeOfDay } from './novelty.ts';
import { GAUGES, type Gauge, type Measurement } from './views.ts';

/** The share of earlier samples that a reason compares with. */
const REFERENCE_SHARE = 0.995;

export interface Range {
  readonly low: number;
  readonly high: number;
}

/** Why a sample is reported, for people (`text`) and for programs (the rest). Values are in the metric's own unit. */
export interface Reason {
  readonly text: string;
  readonly value: number;
  /** 2 % and 98 % quantile of what was seen. */
  readonly usual: Range;
  /** The same within two hours of this time of day on earlier days; null before there are any. */
  readonly usualAtThisHour: Range | null;
  /** Views that spoke, strongest first. */
  readonly views: readonly ViewReason[];
}

/** What one view contributes. */
export interface ViewReason {
  readonly gauge: Gauge;
  /** Nats. */
  readonly evidence: number;
  /** From the most similar earlier value or stretch, in the metric's own unit. */
  readonly distance: number;
  /** Distance in relation to that of 99.5 % of earlier samples; null if those did not differ at all. */
  readonly timesUsual: number | null;
  /** Share of earlier samples that were nearer, by the fitted tail. */
  readonly fartherThan: number;
}

/** A reported sample; the value in the metric's own unit, the time in minutes since the epoch. */
interface Reported {
  readonly value: number;
  readonly minute: number;
  readonly measurement: Measurement;
}

const round = (value: number, digits = 4): number => Number(value.toPrecision(digits));

const formatRange = ({ low, high }: Range): string =>
  low === high ? `${round(low)}` : `${round(low)} to ${round(high)}`;

const subjects: Readonly<Record<Gauge, string>> = {
  value: 'farther from anything seen',
  relative: 'farther in relation to its level',
  stretch4: 'less like any earlier stretch (last 4 samples)',
  stretch8: 'less like any earlier stretch (last 8 samples)',
  stretch16: 'less like any earlier stretch (last 16 samples)',
  stretch32: 'less like any earlier stretch (last 32 samples)',
  daytime: 'farther from anything seen at this time of day',
};

const describe = ({ gauge, timesUsual, distance, fartherThan }: ViewReason): string => {
  if (timesUsual === null)
    return `${subjects[gauge]}, by ${round(distance)}: 99.5 % of earlier samples did not differ at all`;
  // a young metric has no 99.5 %: say how far up the sample is instead
  if (timesUsual < 1.05) return `${subjects[gauge]} than ${round(100 * fartherThan, 3)} % of earlier samples`;
  return `${round(timesUsual, 2)}x ${subjects[gauge]} than 99.5 % of earlier samples`;
};

/** Quantiles in the metric's own unit; stored values carry seven digits, of which the last is rounding. */
const rangeOf = (stored: ArrayLike<number>, { origin, unit }: Metric): Range => ({
  low: round(origin + unit * quantile(stored, 0.02), 6),
  high: round(origin + unit * quantile(stored, 0.98), 6),
});

/** Puts a report into words and numbers: how far, compared with what, and what is usual. */
export const explainReport = (metric: Metric, { value, minute, measurement }: Reported): Reason => {
  const views = measurement.views
    .filter(({ evidence }) => evidence > 0)
    .toSorted((a, b) => b.evidence - a.evidence)
    .map(({ gauge, evidence, surprise }) => {
      const distance = measurement.distances[gauge] ?? 0;
      const reference = metric.histograms[GAUGES.indexOf(gauge)]?.quantile(REFERENCE_SHARE) ?? 0;
      return {
        gauge,
        evidence,
        distance: round(distance * metric.unit, 6),
        timesUsual: reference > 0 ? distance / reference : null,
        fartherThan: 1 - Math.exp(-surprise),
      };
    });
  const usual = rangeOf(metric.ring.sorted, metric);
  const daytime = sameTimeOfDay(metric.ring, minute).sort();
  const usualAtThisHour = daytime.length > 0 ? rangeOf(daytime, metric) : null;
  const compared =
    usualAtThisHour === null ? `usual ${formatRange(usual)}` : `usual at this hour ${formatRange(usualAtThisHour)}`;
  const text = `${views.slice(0, 2).map(describe).join(', ')}; ${compared}, now ${round(value)}`;
  return { text, value, usual, usualAtThisHour, views };
};
