import type { Limits } from '../contracts/limits.ts';
import type { Disposition, LoopState, TriedAction, Validation } from '../contracts/loop-state.ts';
import type { Approval } from '../contracts/verdict.ts';
import { isLeftToAnother } from '../evidence/validate-evidence.ts';

/**
 * Where an attempt ends. Whatever is not clearly over or clearly worth another attempt goes to a person.
 */
export const dispositionOf = (state: LoopState, limits: Pick<Limits, 'maxAttempts'>): Disposition => {
  if (state.request !== undefined) return endOfRequest(state);
  if (state.validation?.result === 'dismiss') return endOfDismissed(state, state.validation);
  const status = state.outcome?.status;
  if (status === 'recovered' || status === 'self_recovered') return 'recovered';
  if (state.approval?.answer === 'takeover') return 'escalated';
  const triedAndFailed = status === 'improved' || status === 'unchanged' || status === 'worse';
  if (!triedAndFailed || state.action?.status === 'refused') return 'escalated';
  return state.attempt < limits.maxAttempts ? 'retry' : 'escalated';
};

/** A wish is tried once. What was refused, or not confirmed, broke nothing; what was done and is not well needs a person. */
const endOfRequest = ({ action, approval, outcome }: LoopState): Disposition => {
  const isDone = action !== undefined && action.status !== 'refused' && action.status !== 'not_needed';
  if (!isDone && approval?.answer !== 'takeover') return 'dismissed';
  return outcome?.status === 'recovered' || outcome?.status === 'self_recovered' ? 'recovered' : 'escalated';
};

/**
 * At first there was nothing to heal. At a later attempt, or after a yes, there was: where the workload is well now, an
 * earlier action worked late or it ended by itself; where it is not, and no other incident heals it, a person has it.
 */
const endOfDismissed = ({ attempt, approval }: LoopState, validation: Validation): Disposition => {
  if (attempt === 1 && approval === undefined) return 'dismissed';
  if (validation.reading.healthy) return 'recovered';
  return isLeftToAnother(validation) ? 'dismissed' : 'escalated';
};

/** The answer to an `ask`; null when nobody was asked. A timeout of the question is an answer: no. */
export const approvalOf = (state: LoopState, answeredAt: string): Approval | null => {
  if (state.approval !== undefined) return state.approval;
  if (state.verdict?.verdict !== 'ask') return null;
  return { answer: 'expired', approver: null, planHash: state.verdict.planHash, answeredAt, reason: null };
};

/** What this attempt adds to the incident's list of tried actions; null when nothing was tried. */
export const triedIn = (state: LoopState): TriedAction | null => {
  const { action, outcome } = state;
  if (action === undefined || outcome === undefined || outcome.status === 'pending') return null;
  return action.status === 'refused' ? null : { actionId: action.actionId, outcome: outcome.status };
};

/** The state with which the next attempt starts: what is known of the incident, nothing of the attempt that failed. */
export const nextAttempt = (state: LoopState): LoopState => {
  const tried = triedIn(state);
  return {
    incidentId: state.incidentId,
    correlationId: state.correlationId,
    workloadId: state.workloadId,
    members: state.members,
    openedAt: state.openedAt,
    head: state.head,
    attempt: state.attempt + 1,
    tried: tried === null ? state.tried : [...state.tried, tried],
    disposition: 'retry',
  };
};
