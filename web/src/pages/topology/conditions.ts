import type { StatusIndicatorProps } from '@cloudscape-design/components/status-indicator';
import type { AnswerOf } from '../../../../core/contracts/api/routes.ts';

type Condition = AnswerOf<'showTopology'>['nodes'][number]['condition'];

export const CONDITIONS: Readonly<
  Record<Condition, { readonly type: StatusIndicatorProps.Type; readonly words: string }>
> = {
  well: { type: 'success', words: 'Well' },
  healing: { type: 'in-progress', words: 'Root cause: healing' },
  asking: { type: 'pending', words: 'Root cause: asking' },
};
