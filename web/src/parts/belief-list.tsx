import type { AnswerOf } from '../../../core/contracts/api/routes.ts';
import { percent } from '../../../core/shared/units.ts';
import { Bar } from './bars.tsx';

type Belief = AnswerOf<'showModelTable'>['belief'];

/** How likely each fault is, one bar each. */
export const BeliefList = ({ belief }: { readonly belief: Belief }) => (
  <dl className="k-belief">
    {belief.map(({ hypothesis, probability }) => (
      <div key={hypothesis}>
        <dt>{hypothesis}</dt>
        <dd>
          <Bar share={probability} label={percent(probability)} />
        </dd>
      </div>
    ))}
  </dl>
);
