import { useRead } from '../../api/api.tsx';
import { TimeChart, type Sample } from '../../parts/time-chart.tsx';
import { Loaded, Nothing } from '../../parts/trouble.tsx';

type Key = 'firstAttemptPercent' | 'costPerIncidentMinutes';

/** Whether it gets better: a rising share, falling cost. */
export const LearningCurve = () => {
  const read = useRead('showLearningCurve', { query: { block: 10 } }, { everyMs: 60_000 });
  return (
    <Loaded read={read} what="the learning curve">
      {({ points }) => {
        const first = points[0];
        const last = points.at(-1);
        if (first === undefined || last === undefined || points.length < 2) {
          return (
            <Nothing title="Too few incidents for a curve">It begins with the second block of ten incidents.</Nothing>
          );
        }
        const samples = (key: Key): readonly Sample[] =>
          points.flatMap((point) => {
            const value = point[key];
            return value === null ? [] : [{ at: Date.parse(point.to), value }];
          });
        const from = Date.parse(first.to);
        const to = Date.parse(last.to);
        return (
          <div className="k-charts">
            <TimeChart
              title="Healed at the first attempt"
              unit="%"
              samples={samples('firstAttemptPercent')}
              from={from}
              to={to}
            />
            <TimeChart
              title="Cost per incident"
              unit="impact-minutes"
              samples={samples('costPerIncidentMinutes')}
              from={from}
              to={to}
            />
          </div>
        );
      }}
    </Loaded>
  );
};
