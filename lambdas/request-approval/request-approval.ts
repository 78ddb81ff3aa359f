import * as z from 'zod';
import { requestOf } from '../../core/approval/question.ts';
import type { ActInput, LoopState } from '../../core/contracts/loop-state.ts';
import { ActInputSchema } from '../../core/contracts/loop-state.ts';
import type { Approval } from '../../core/contracts/verdict.ts';
import { headOf } from '../../core/journal/chain.ts';
import type { IncidentStore, Journal, Notifier } from '../../core/shared/ports.ts';
import { toIso } from '../../core/shared/units.ts';
import type { RecorderDeps } from '../shared/recorder.ts';
import { keep } from '../shared/recorder.ts';

const waiting = { state: ActInputSchema, taskToken: z.string().min(1) };

/** `ask` and `remind` wait for an answer on the token; `record` writes down the answer, or that there was none. */
export const RequestApprovalInputSchema = z.discriminatedUnion('command', [
  z.object({ command: z.literal('ask'), ...waiting }),
  z.object({ command: z.literal('remind'), ...waiting }),
  z.object({ command: z.literal('record'), state: ActInputSchema }),
]);
export type RequestApprovalInput = z.output<typeof RequestApprovalInputSchema>;

export interface RequestApprovalDeps extends RecorderDeps {
  readonly journal: Journal;
  readonly incidents: Pick<IncidentStore, 'requestApproval' | 'renewApproval'>;
  readonly notifier: Notifier;
}

/**
 * Asks a person: what was detected, what would be done, why, until when. The workflow waits on the token.
 *
 * @throws Error when the incident was closed meanwhile, as by Escalate after its execution had ended: nobody is asked
 */
export const requestApproval = async (
  { command, state, taskToken }: Exclude<RequestApprovalInput, { readonly command: 'record' }>,
  deps: RequestApprovalDeps,
): Promise<void> => {
  const asked = requestOf(state, questionIn(state), taskToken, deps.sha256);
  const request = { ...asked, announced: command === 'remind' };
  // An answer that was taken just as the first wait ended found nobody waiting: then it is asked anew.
  const renewed = command === 'remind' && (await deps.incidents.renewApproval(request));
  if (!renewed && !(await deps.incidents.requestApproval(request))) {
    throw new Error(`incident ${state.incidentId} is over: nobody is asked`);
  }
  const about = { ...concernOf(state), questionId: request.question.questionId };
  await deps.notifier.notify(
    command === 'remind'
      ? { ...about, occasion: 'last_word', at: toIso(deps.clock.now()) }
      : { ...about, occasion: 'question', at: request.requestedAt },
  );
};

const concernOf = ({ incidentId, evidence: { workload } }: ActInput) => {
  const { workloadId, criticality } = workload;
  return { incidentId, workloadId, criticality };
};

/**
 * Writes the answer into the journal, whatever it was: who approved what is part of the record. Who was asked hears that
 * somebody has answered; that nobody did is said with the incident's end.
 */
export const recordAnswer = async (state: ActInput, deps: RequestApprovalDeps): Promise<LoopState> => {
  const startedAt = deps.clock.now();
  const silence: Approval = {
    answer: 'expired',
    approver: null,
    planHash: state.decision.planHash,
    answeredAt: toIso(startedAt),
    reason: null,
    questionId: questionIn(state).questionId,
  };
  const record = await keep(
    deps,
    state,
    'ENFORCING',
    { kind: 'approval_answered', body: state.approval ?? silence },
    startedAt,
  );
  const { answer, approver, reason, actionId = null } = record.body;
  if (answer !== 'expired') {
    const { questionId } = questionIn(state);
    const told = { ...concernOf(state), questionId, at: record.at, answer, approver, reason, actionId };
    await deps.notifier.notify({ ...told, occasion: 'answered' });
  }
  // That the first wait ran out is no failure of the loop.
  const { failure: _, ...healthy } = state;
  return { ...healthy, head: headOf(record), approval: record.body };
};

const questionIn = ({ incidentId, verdict }: ActInput): NonNullable<ActInput['verdict']['question']> => {
  if (verdict.question !== undefined) return verdict.question;
  throw new Error(`the verdict on ${incidentId} is ${verdict.verdict} and holds no question`);
};
