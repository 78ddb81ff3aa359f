import type { ActionId } from '../contracts/action.ts';
import type { Mode } from '../contracts/limits.ts';
import type { KnownFacts } from './facts.ts';
import { allow, ask, changesWorkload, defineGuard, deny } from './guard.ts';
import type { Finding } from './guard.ts';

/**
 * The mode and its kill switch. `escalate` passes in every mode, because telling a person is what is left when nothing
 * else may be done; `wait` passes in every mode but `off`.
 */
export const modeGuard = defineGuard('mode', ['mode', 'decision'], ({ mode, decision }) =>
  judgeMode(mode, decision.plan.actionId),
);

const judgeMode = ({ mode, reason }: KnownFacts['mode'], actionId: ActionId): Finding => {
  const measure = measureMode(mode, reason);
  if (actionId === 'escalate') return allow('a person may be told in every mode', measure);
  if (mode === 'off') return deny(`the mode is off: ${reason}`, measure);
  if (!changesWorkload(actionId)) return allow(`${actionId} changes nothing in the workload`, measure);
  switch (mode) {
    case 'shadow':
      return deny('shadow mode: recorded, not done', measure);
    case 'manual':
      return ask('manual mode: a person decides each action', measure);
    case 'auto':
      return allow('the mode is auto', measure);
  }
};

const measureMode = (mode: Mode, reason: string) => ({
  fact: mode,
  limit: 'auto acts, manual asks, shadow and off do not act',
  limitSource: `mode parameter (${reason})`,
});
