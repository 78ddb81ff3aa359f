import { confirmationOf, withRequest } from '../../../core/approval/requested.ts';
import type { Request } from '../../../core/contracts/request.ts';
import type { Evaluation } from '../../../core/guard/evaluate.ts';
import { aQuestion, anApproval } from '../../support/approvals.ts';
import { aDecision, aVerdict } from '../../support/builders.ts';

const request: Request = {
  taskId: 'task-20261121-053000-1a2b3c4d',
  by: 'ada',
  confirmed: true,
  change: { kind: 'restart' },
};
const approval = anApproval();
const said = (verdict: Evaluation['verdict']): Evaluation => ({ verdict, guards: aVerdict().guards, policies: null });
const limits = { approvalTtlSeconds: 900 };

describe('what a person asks for', () => {
  test.each(['allow', 'ask'] as const)('is asked about where the guards say %s, and says so', (verdict) => {
    const evaluation = said(verdict);
    expect(withRequest(evaluation, { request }, limits)).toEqual({
      verdict: 'ask',
      policies: null,
      guards: [
        ...evaluation.guards,
        {
          guard: 'approval',
          result: 'ask',
          reason: 'ada asked for it: whoever may approve has to confirm what would be done',
          fact: 'no answer',
          limit: 'approved for this plan, this evidence and this token, at most 15 min ago',
          limitSource: 'limits.approvalTtlSeconds',
        },
      ],
    });
  });

  test('answers no guard that denies', () => {
    expect(withRequest(said('deny'), { request }, limits).verdict).toBe('deny');
  });

  test('adds nothing where nobody asked, or somebody has answered', () => {
    const evaluation = said('allow');
    expect(withRequest(evaluation, {}, limits)).toBe(evaluation);
    expect(withRequest(evaluation, { request, approval }, limits)).toBe(evaluation);
  });
});

describe('a confirmation', () => {
  const question = aQuestion();

  test('is an answer like any other, bound to its question', () => {
    expect(confirmationOf({ request }, aDecision(), question)).toEqual({
      answer: 'approve',
      approver: 'ada',
      approvers: ['ada'],
      planHash: aDecision().planHash,
      answeredAt: question.askedAt,
      reason: 'asked for it as task-20261121-053000-1a2b3c4d',
      questionId: question.questionId,
      actionId: 'restart',
    });
  });

  test('is none where nobody asked, nobody confirmed, somebody has answered, or it takes two', () => {
    expect(confirmationOf({}, aDecision(), question)).toBeNull();
    expect(confirmationOf({ request: { ...request, confirmed: false } }, aDecision(), question)).toBeNull();
    expect(confirmationOf({ request, approval }, aDecision(), question)).toBeNull();
    expect(confirmationOf({ request }, aDecision(), aQuestion({ approvals: 2 }))).toBeNull();
  });
});
