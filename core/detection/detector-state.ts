import * as z from 'zod';
import { InvalidInputError } from '../shared/errors.ts';
import { float32FromBase64, toBase64, uint16FromBase64 } from './binary-text.ts';
import { RING_CAPACITY, type SampleRingState } from './sample-ring.ts';
import { GAUGES } from './views.ts';
import { HISTOGRAM_BINS, type TailHistogramState } from './tail-histogram.ts';

/** No score before this many samples: quantiles of fewer mean little. */
export const SILENT_SAMPLES = 50;

const base64Array = <T extends Float32Array | Uint16Array>(decode: (text: string) => T, maxLength: number) =>
  z
    .base64()
    .transform((text, context) => {
      try {
        return decode(text);
      } catch {
        context.addIssue(`expected whole numbers of ${decode === uint16FromBase64 ? 2 : 4} bytes in base64`);
        return z.NEVER;
      }
    })
    .refine((array) => array.length <= maxLength, `at most ${maxLength} numbers are allowed`);

const finite = z.number();
const count = z.int().nonnegative();

const HistogramSchema = z.object({
  top: z.int().nullable(),
  total: count,
  counts: base64Array(uint16FromBase64, HISTOGRAM_BINS).refine(
    (a) => a.length === HISTOGRAM_BINS,
    'wrong number of bins',
  ),
});

const RingSchema = z
  .object({
    values: base64Array(float32FromBase64, RING_CAPACITY),
    steps: base64Array(uint16FromBase64, RING_CAPACITY),
    newestMinute: finite,
  })
  .refine(({ values, steps }) => values.length === steps.length, 'values and steps differ in length');

/** Format of a saved detector; a change of meaning gets a new number. */
export const DETECTOR_STATE_VERSION = 1;

/** A saved detector: plain JSON, at most 40 KB. */
export const DetectorStateSchema = z.object({
  version: z.literal(DETECTOR_STATE_VERSION),
  /** Samples before the metric's scale is known, in its own unit. */
  warmUp: z.array(z.tuple([finite, finite])).max(SILENT_SAMPLES),
  scale: z.object({ origin: finite, unit: finite.positive() }).nullable(),
  spread: z.object({ median: finite, width: finite.positive() }),
  seen: count,
  nextRefresh: count,
  ring: RingSchema,
  histograms: z.array(HistogramSchema).length(GAUGES.length),
  burst: z.object({ peak: finite, age: count }).nullable(),
});

/** What a detector remembers, decoded. */
export type DetectorMemory = z.output<typeof DetectorStateSchema>;
/** What a detector remembers, as JSON. */
export type DetectorState = z.input<typeof DetectorStateSchema>;

const encodeRing = ({ values, steps, newestMinute }: SampleRingState): DetectorState['ring'] => ({
  values: toBase64(values),
  steps: toBase64(steps),
  newestMinute,
});

const encodeHistogram = ({ top, total, counts }: TailHistogramState): DetectorState['histograms'][number] => ({
  top,
  total,
  counts: toBase64(counts),
});

/** Memory as JSON without losing a bit: the decoded state scores exactly as the encoded one. */
export const encodeState = (memory: DetectorMemory): DetectorState => ({
  ...memory,
  ring: encodeRing(memory.ring),
  histograms: memory.histograms.map(encodeHistogram),
});

/**
 * Parses a saved detector.
 *
 * @throws InvalidInputError naming each field that is wrong
 */
export const decodeState = (input: unknown): DetectorMemory => {
  const parsed = DetectorStateSchema.safeParse(input);
  if (!parsed.success) throw new InvalidInputError(`saved detector state: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
};
