import { useId, useState, type KeyboardEvent, type PointerEvent } from 'react';
import { formatValue, linear, roundTicks } from './scale.ts';
import { formatClock, formatTick } from './time.tsx';
import { useWidth } from './use-width.ts';

export interface Sample {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly value: number;
}

export interface Marker {
  readonly at: number;
  readonly label: string;
  readonly tone: 'bad' | 'info' | 'good';
}

export interface TimeChartProps {
  readonly title: string;
  readonly unit: string;
  readonly samples: readonly Sample[];
  readonly markers?: readonly Marker[];
  /** Value that is still acceptable. */
  readonly limit?: { readonly value: number; readonly label: string };
  readonly from: number;
  readonly to: number;
}

const HEIGHT = 160;
const LEFT = 44;
const RIGHT = 10;
const LABEL_ROWS = 3; // neighbouring markers must not write over each other
const ROW = 10;
const TOP = LABEL_ROWS * ROW + 2;
const BOTTOM = 22;

/** One measure over time, with what happened marked. Arrow keys walk over the samples; the same is in a table for screen readers. */
export const TimeChart = ({ title, unit, samples, markers = [], limit, from, to }: TimeChartProps) => {
  const [box, width] = useWidth<HTMLDivElement>();
  const [shown, setShown] = useState<number | null>(null);
  const id = useId();
  const ticks = roundTicks(Math.max(limit?.value ?? 0, ...samples.map(({ value }) => value)), 3);
  const parts = Array.from({ length: width < 480 ? 3 : 4 });
  const x = linear([from, to], [LEFT, width - RIGHT]);
  const y = linear([0, ticks.at(-1) ?? 1], [HEIGHT - BOTTOM, TOP]);
  const sample = shown === null ? undefined : samples[shown];
  const nearest = (event: PointerEvent<SVGSVGElement>): void => {
    const at = linear(
      [LEFT, width - RIGHT],
      [from, to],
    )(event.clientX - event.currentTarget.getBoundingClientRect().left);
    setShown(samples.length === 0 ? null : closestTo(samples, at));
  };
  const walk = (event: KeyboardEvent): void => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined || samples.length === 0) return;
    event.preventDefault();
    setShown((now) => Math.min(samples.length - 1, Math.max(0, (now ?? -1) + step)));
  };
  return (
    <figure className="k-chart" ref={box}>
      <figcaption id={id}>
        {title} <span className="k-quiet">({unit})</span>
        <output className="k-chart-value">
          {sample === undefined ? '' : `${formatClock(sample.at)}: ${formatValue(sample.value)} ${unit}`}
        </output>
      </figcaption>
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-labelledby={id}
        aria-description={describe(samples, unit, markers)}
        tabIndex={0}
        onKeyDown={walk}
        onPointerMove={nearest}
        onPointerLeave={() => setShown(null)}
      >
        {ticks.map((tick) => (
          <g key={tick}>
            <line className="k-grid" x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} />
            <text className="k-tick" x={LEFT - 6} y={y(tick) + 4} textAnchor="end">
              {formatValue(tick)}
            </text>
          </g>
        ))}
        {parts.map((_, part) => {
          const at = from + ((to - from) * part) / (parts.length - 1);
          return (
            <text
              key={part}
              className="k-tick"
              x={x(at)}
              y={HEIGHT - 6}
              textAnchor={part === 0 ? 'start' : part === parts.length - 1 ? 'end' : 'middle'}
            >
              {formatTick(at, to - from)}
            </text>
          );
        })}
        {limit === undefined ? null : (
          <line className="k-limit" x1={LEFT} x2={width - RIGHT} y1={y(limit.value)} y2={y(limit.value)}>
            <title>{limit.label}</title>
          </line>
        )}
        <path className="k-series" d={pathOf(samples, x, y)} />
        {samples.length === 1 ? (
          <circle className="k-dot" cx={x(samples[0]?.at ?? 0)} cy={y(samples[0]?.value ?? 0)} r={3} />
        ) : null}
        {markers
          .filter(({ at }) => at >= from && at <= to)
          .map(({ at, label, tone }, index) => (
            <g key={label} className={`k-marker k-${tone}`}>
              <line x1={x(at)} x2={x(at)} y1={rowOf(index) + 2} y2={HEIGHT - BOTTOM} />
              <text x={x(at)} y={rowOf(index)} textAnchor={x(at) > width - 90 ? 'end' : 'start'}>
                {label}
              </text>
            </g>
          ))}
        {sample === undefined ? null : <circle className="k-dot" cx={x(sample.at)} cy={y(sample.value)} r={4} />}
      </svg>
    </figure>
  );
};

/** Base line of a marker's label. */
const rowOf = (index: number): number => ROW * (1 + (index % LABEL_ROWS)) - 1;

const pathOf = (samples: readonly Sample[], x: (at: number) => number, y: (value: number) => number): string =>
  samples
    .map(({ at, value }, index) => `${index === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`)
    .join('');

const closestTo = (samples: readonly Sample[], at: number): number => {
  let best = 0;
  samples.forEach((sample, index) => {
    if (Math.abs(sample.at - at) < Math.abs((samples[best]?.at ?? 0) - at)) best = index;
  });
  return best;
};

const describe = (samples: readonly Sample[], unit: string, markers: readonly Marker[]): string => {
  const first = samples[0];
  const last = samples.at(-1);
  if (first === undefined || last === undefined) return 'no samples';
  const values = samples.map(({ value }) => value);
  const near = (at: number): string => formatValue(samples[closestTo(samples, at)]?.value ?? 0);
  return [
    `${samples.length} samples from ${formatClock(first.at)} to ${formatClock(last.at)}`,
    `lowest ${formatValue(Math.min(...values))}, highest ${formatValue(Math.max(...values))}, last ${formatValue(last.value)} ${unit}`,
    ...markers.map(({ at, label }) => `${label} at ${formatClock(at)}: ${near(at)}`),
  ].join('; ');
};
