import { requestOf } from '../../core/approval/question.ts';
import type { Answer } from '../../core/approval/answer.ts';
import type { ApprovalRequest } from '../../core/contracts/incident.ts';
import type { Approval, Question } from '../../core/contracts/verdict.ts';
import { hashPlan } from '../../core/action/hash-plan.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import { RESTART, aDecision, aLoopState, aValidation, aVerdict, anEvidence, isoAt } from './builders.ts';

/** The alternative that the questions of tests offer beside restarting the sick task. */
export const REDEPLOY = { actionId: 'redeploy' } as const;

export const aQuestion = (changes: Partial<Question> = {}): Question => ({
  questionId: '0123456789abcdef',
  workloadId: 'payments',
  fingerprint: aDecision().fingerprint,
  fencingToken: 0,
  offered: [hashPlan(RESTART, sha256), hashPlan(REDEPLOY, sha256)],
  approvals: 1,
  askedAt: isoAt(20),
  expiresAt: isoAt(920),
  ...changes,
});

const DECISION = aDecision();
const WITH_ALTERNATIVE = aDecision(RESTART, {
  candidates: [
    ...DECISION.candidates,
    {
      actionId: 'redeploy',
      masked: null,
      expectedMinutes: 9,
      recoverProbability: { mean: 0.5, low: 0.3, high: 0.7 },
      evidenceCount: 0,
    },
  ],
});

/** The question whether a sick task may be restarted, as people get it; redeploying is its alternative. */
export const aRequest = (changes: Partial<ApprovalRequest> = {}, question: Partial<Question> = {}): ApprovalRequest => {
  const state = {
    ...aLoopState(),
    evidence: anEvidence(),
    validation: aValidation(),
    decision: WITH_ALTERNATIVE,
    verdict: aVerdict(RESTART, {
      verdict: 'ask',
      lease: null,
      guards: [{ ...aVerdict().guards[0]!, result: 'ask', reason: 'manual mode: a person decides each action' }],
    }),
  };
  return { ...requestOf(state, aQuestion(question), 'token-1', sha256), ...changes };
};

/** Ada's yes to what is proposed. */
export const anAnswer = (changes: Partial<Answer> = {}): Answer => ({
  answer: 'approve',
  approver: 'ada',
  questionId: aQuestion().questionId,
  planHash: hashPlan(RESTART, sha256),
  reason: null,
  ...changes,
});

/** The same, as it stands once it was held to its question. */
export const anApproval = (changes: Partial<Approval> = {}): Approval => ({
  ...anAnswer(),
  actionId: 'restart',
  approvers: ['ada'],
  answeredAt: isoAt(30),
  ...changes,
});
