import { ACTIONS } from '../action/catalogue.ts';
import type { JournalRecord } from '../contracts/journal.ts';
import type { PastAction } from '../shared/ports.ts';
import { fromIso } from '../shared/units.ts';

/**
 * What an attempt that broke off may have changed, for the workload's history: guards must not forget an action because
 * the loop died after it.
 *
 * An intent without a result counts as done, an action without a measured outcome as one that did not help.
 *
 * @returns null when nothing was begun, nothing was done, or the action changes nothing; also when the attempt was explained,
 *   because its action is in the history since then
 */
export const unfinishedAction = (records: readonly JournalRecord[], attempt: number): PastAction | null => {
  const ofAttempt = records.filter((record) => record.attempt === attempt);
  if (ofAttempt.some((record) => record.kind === 'attempt_explained')) return null;
  const intent = ofAttempt.find((record) => record.kind === 'action_intended');
  if (intent === undefined || !ACTIONS[intent.body.plan.actionId].mutates) return null;
  const { plan } = intent.body;
  const applied = ofAttempt.find((record) => record.kind === 'action_applied')?.body;
  if (applied !== undefined && !['applied', 'already_applied'].includes(applied.status)) return null;
  const measured = ofAttempt.find((record) => record.kind === 'outcome_measured')?.body.status;
  return {
    incidentId: intent.incidentId,
    actionId: plan.actionId,
    at: fromIso(applied?.endedAt ?? intent.at),
    outcome: measured === undefined || measured === 'pending' ? 'unchanged' : measured,
    changeIds: applied?.changeIds ?? (plan.actionId === 'restart' ? plan.taskArns : []),
  };
};
