import { percent } from '../../../core/shared/units.ts';

const WIDTH = 120;
const HEIGHT = 12;

/** A share of 0 to 1 as a bar with its figure beside it. */
export const Bar = ({ share, label }: { readonly share: number; readonly label: string }) => (
  <span className="k-bar">
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
      <rect className="k-bar-track" width={WIDTH} height={HEIGHT} rx={2} />
      <rect className="k-bar-fill" width={Math.max(1, WIDTH * Math.min(1, share))} height={HEIGHT} rx={2} />
    </svg>
    {label}
  </span>
);

/** A probability with its interval: the line is what it may well be, the dot its mean. */
export const Interval = ({
  mean,
  low,
  high,
}: {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}) => (
  <span className="k-bar">
    <svg width={WIDTH} height={HEIGHT} aria-hidden="true">
      <line className="k-grid" x1={0} x2={WIDTH} y1={HEIGHT / 2} y2={HEIGHT / 2} />
      <line
        className="k-interval"
        x1={4 + low * (WIDTH - 8)}
        x2={4 + high * (WIDTH - 8)}
        y1={HEIGHT / 2}
        y2={HEIGHT / 2}
      />
      <circle className="k-dot" cx={4 + mean * (WIDTH - 8)} cy={HEIGHT / 2} r={4} />
    </svg>
    {percent(mean)} ({percent(low)} to {percent(high)})
  </span>
);
