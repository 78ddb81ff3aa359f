import { changesWorkload, definePolicyGuard } from './guard.ts';

/**
 * The mode and its kill switch. `escalate` passes in every mode, because telling a person is what is left when nothing
 * else may be done; `wait` passes in every mode but `off`. The rules are in `policies/mode.cedar`.
 */
export const modeGuard = definePolicyGuard('mode', 'mode', ['mode'], ({ mode: { mode, reason }, decision }) => ({
  facts: { mode },
  measure: {
    fact: mode,
    limit: 'auto acts, manual asks, shadow and off do not act',
    limitSource: `mode parameter (${reason})`,
  },
  passes: passesOf(decision.plan.actionId, mode),
  words: { modeReason: reason },
}));

const passesOf = (actionId: Parameters<typeof changesWorkload>[0], mode: string): string => {
  if (actionId === 'escalate') return 'a person may be told in every mode';
  return changesWorkload(actionId) ? `the mode is ${mode}` : `${actionId} changes nothing in the workload`;
};
