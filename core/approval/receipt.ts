import type { ApprovalReceipt } from '../contracts/api/incidents.ts';
import type { Answer, Held } from './answer.ts';

/** What whoever answered is told: that it counts, that one more person is needed, or what to do by hand. */
export const receiptOf = ({ status, request }: Held, { answer, approver, planHash }: Answer): ApprovalReceipt => {
  const { incidentId, proposal, alternatives } = request;
  const offer = alternatives.find((other) => other.planHash === planHash) ?? proposal;
  const steps = answer === 'takeover' ? offer.steps : [];
  return { incidentId, answer, approver, actionId: offer.actionId, status, steps };
};
