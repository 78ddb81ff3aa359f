import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';
import { percent } from '../../../../core/shared/units.ts';

type Cell = AnswerOf<'showModelTable'>['cells'][number];

/** Faults down, actions across; colour repeats the figure. The best action of a fault has a frame. */
export const QTable = ({
  cells,
  meanings,
}: {
  readonly cells: readonly Cell[];
  readonly meanings: ReadonlyMap<string, string>;
}) => {
  const faults = [...new Set(cells.map(({ hypothesis }) => hypothesis))];
  const actions = [...new Set(cells.map(({ actionId }) => actionId))];
  const byKey = new Map(cells.map((cell) => [`${cell.hypothesis}/${cell.actionId}`, cell]));
  return (
    <div className="k-scroll" tabIndex={0} role="region" aria-label="Q-table">
      <table className="k-q">
        <thead>
          <tr>
            <th scope="col">Fault</th>
            {actions.map((action) => (
              <th key={action} scope="col">
                {action}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {faults.map((fault) => {
            const best = Math.max(
              ...actions.map((action) => byKey.get(`${fault}/${action}`)?.recoverProbability.mean ?? 0),
            );
            return (
              <tr key={fault}>
                <th scope="row" title={meanings.get(fault)}>
                  {fault}
                </th>
                {actions.map((action) => {
                  const cell = byKey.get(`${fault}/${action}`);
                  return cell === undefined ? (
                    <td key={action}>-</td>
                  ) : (
                    <QCell key={action} cell={cell} isBest={best > 0 && cell.recoverProbability.mean === best} />
                  );
                })}
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
};

const QCell = ({ cell, isBest }: { readonly cell: Cell; readonly isBest: boolean }) => {
  const { mean, low, high } = cell.recoverProbability;
  const seen =
    cell.evidence === 0
      ? 'no outcome yet'
      : `${Number(cell.fixed.toFixed(1))} fixed, ${Number(cell.failed.toFixed(1))} failed`;
  return (
    <td
      className={`k-q-${Math.min(4, Math.floor(mean * 5))}${isBest ? ' k-q-best' : ''}${cell.evidence > 0 ? ' k-q-seen' : ''}`}
      title={`${cell.actionId} against ${cell.hypothesis}: ${percent(low)} to ${percent(high)}, ${seen}`}
    >
      {percent(mean)}
      <span className="k-hidden">
        , {percent(low)} to {percent(high)}, {seen}
        {isBest ? ', best' : ''}
      </span>
    </td>
  );
};
