import { useEffect, useMemo, useRef } from 'react';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { useRead } from '../../api/api.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';
import { useNow } from '../../parts/time.tsx';

const HOUR_MS = 3_600_000;
const HOURS = 48;

const hourText = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' });
const dayText = new Intl.DateTimeFormat(undefined, { weekday: 'short', hour: '2-digit', minute: '2-digit' });

/** A table, so that a screen reader can walk it; colour only repeats the figure. Hours are the reader's. */
export const HeatMap = () => {
  const now = useNow(60_000);
  const end = Math.floor(now / HOUR_MS) * HOUR_MS + HOUR_MS;
  const since = new Date(end - HOURS * HOUR_MS).toISOString();
  const read = useRead('showHeatMap', { query: { since } }, { everyMs: 60_000, keepsLast: true });
  return (
    <Loaded read={read} what="the heat map">
      {({ cells }) =>
        cells.length === 0 ? (
          <Nothing title="Nothing was broken in the last two days">
            An incident colours the hours in which it was open.
          </Nothing>
        ) : (
          <Grid cells={cells} end={end} />
        )
      }
    </Loaded>
  );
};

const Grid = ({ cells, end }: { readonly cells: AnswerOf<'showHeatMap'>['cells']; readonly end: number }) => {
  const hours = useMemo(() => Array.from({ length: HOURS }, (_, index) => end - (HOURS - index) * HOUR_MS), [end]);
  const workloads = [...new Set(cells.map(({ workloadId }) => workloadId))].sort();
  const byCell = new Map(cells.map((cell) => [`${cell.workloadId}/${Date.parse(cell.hour)}`, cell]));
  const box = useRef<HTMLDivElement>(null);
  // Where it is wider than the screen, the present is what one wants to see.
  useEffect(() => {
    box.current?.scrollTo({ left: box.current.scrollWidth });
  }, [end]);
  return (
    <div ref={box} className="k-scroll" tabIndex={0} role="region" aria-label="Heat map of errors by workload and hour">
      <table className="k-heat">
        <thead>
          <tr>
            <th scope="col">
              <span className="k-hidden">Workload</span>
            </th>
            {hours.map((hour, index) => (
              <th key={hour} scope="col" aria-label={dayText.format(hour)}>
                {index % 6 === 0 ? <span className="k-heat-hour">{hourText.format(hour)}</span> : null}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {workloads.map((workloadId) => (
            <tr key={workloadId}>
              <th scope="row">{workloadId}</th>
              {hours.map((hour) => {
                const cell = byCell.get(`${workloadId}/${hour}`);
                const minutes = cell?.minutes ?? 0;
                const words =
                  cell === undefined ? 'well' : `${cell.incidents} incidents, ${minutes.toFixed(1)} minutes`;
                return (
                  <td
                    key={hour}
                    className={`k-heat-${heatOf(minutes)}`}
                    title={`${workloadId}, ${dayText.format(hour)}: ${words}`}
                  >
                    <span className="k-hidden">{words}</span>
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
      <p className="k-legend" aria-hidden="true">
        {LEGEND.map(([level, words]) => (
          <span key={level}>
            <i className={`k-swatch k-heat-${level}`} /> {words}
          </span>
        ))}
      </p>
    </div>
  );
};

const LEGEND = [
  [0, 'well'],
  [1, 'under 1 min'],
  [2, 'under 5'],
  [3, 'under 20'],
  [4, 'longer'],
] as const;

const heatOf = (minutes: number): number =>
  minutes === 0 ? 0 : minutes < 1 ? 1 : minutes < 5 ? 2 : minutes < 20 ? 3 : 4;
