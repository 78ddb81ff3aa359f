import type { Decision } from '../contracts/decision.ts';
import type { Limits } from '../contracts/limits.ts';
import type { EnforceInput } from '../contracts/loop-state.ts';
import type { Approval, Question } from '../contracts/verdict.ts';
import type { Evaluation } from '../guard/evaluate.ts';
import { ask } from '../guard/guard.ts';
import { seconds } from '../shared/units.ts';
import { measureApproval } from './binding.ts';

/**
 * What a wish adds to what the guards say: nothing that a person asks for is done on that word alone. It answers no guard; it
 * can only turn an `allow` into an `ask`.
 */
export const withRequest = (
  evaluation: Evaluation,
  { request, approval }: Pick<EnforceInput, 'request' | 'approval'>,
  limits: Pick<Limits, 'approvalTtlSeconds'>,
): Evaluation => {
  if (request === undefined || approval !== undefined) return evaluation;
  const reason = `${request.by} asked for it: whoever may approve has to confirm what would be done`;
  const result = ask(reason, measureApproval(null, seconds(limits.approvalTtlSeconds)));
  return {
    ...evaluation,
    verdict: evaluation.verdict === 'deny' ? 'deny' : 'ask',
    guards: [...evaluation.guards, { guard: 'approval', ...result }],
  };
};

/**
 * The answer that was given before the question: whoever asked may approve, and has confirmed it. Null where it takes more
 * people than them. It is bound to the question like any other answer.
 */
export const confirmationOf = (
  { request, approval }: Pick<EnforceInput, 'request' | 'approval'>,
  { plan, planHash }: Pick<Decision, 'plan' | 'planHash'>,
  question: Question,
): Approval | null => {
  if (request?.confirmed !== true || approval !== undefined || question.approvals > 1) return null;
  return {
    answer: 'approve',
    approver: request.by,
    approvers: [request.by],
    planHash,
    answeredAt: question.askedAt,
    reason: `asked for it as ${request.taskId}`,
    questionId: question.questionId,
    actionId: plan.actionId,
  };
};
