import type { ActionId } from '../../core/contracts/action.ts';
import type { ExperienceStep } from '../../core/contracts/model.ts';

/** What the guards left for a web service whose fault is none of the special ones. */
const ALLOWED: readonly ActionId[] = ['wait', 'restart', 'redeploy', 'scaleOut', 'rollback'];

/** One attempt of an incident that the learner was told of: a restart that helped at once, three minutes' worth. */
export const aStep = (changes: Partial<ExperienceStep> = {}): ExperienceStep => ({
  action: 'restart',
  recovered: true,
  worse: false,
  relapsed: null,
  minutes: 3,
  cost: 3,
  allowed: [...ALLOWED],
  propensity: 1,
  predicted: 5,
  ...changes,
});

/** What the catalogue would try, in vain. */
export const IN_VAIN: readonly ExperienceStep[] = (['redeploy', 'rollback', 'wait'] as const).map((action) =>
  aStep({ action, recovered: false, cost: 8 }),
);
