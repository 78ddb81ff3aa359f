import { hashPlan } from '../../../core/action/hash-plan.ts';
import { questionOf, requestOf } from '../../../core/approval/question.ts';
import { receiptOf } from '../../../core/approval/receipt.ts';
import { expectation, questionLines } from '../../../core/approval/words.ts';
import type { Offer } from '../../../core/contracts/incident.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { REDEPLOY, aQuestion, aRequest, anAnswer, anApproval } from '../../support/approvals.ts';
import {
  RESTART,
  aDecision,
  aLoopState,
  aService,
  aValidation,
  aVerdict,
  anEvidence,
  at,
  isoAt,
} from '../../support/builders.ts';

const WITH_ALTERNATIVE = aDecision(RESTART, {
  candidates: [
    ...aDecision().candidates,
    { actionId: 'redeploy', masked: null, expectedMinutes: 9, recoverProbability: null, evidenceCount: 0 },
  ],
});
const state = { ...aLoopState(), evidence: anEvidence(), validation: aValidation(), decision: WITH_ALTERNATIVE };

describe('a question', () => {
  const ask = (changes: object = {}, fourEyes = false) =>
    questionOf({ ...state, ...changes }, { approvalTtlSeconds: 900, fourEyes }, 4, at(20), sha256);

  test('is bound to the plans, the evidence, the newest token and a deadline', () => {
    const { questionId, ...bound } = ask();
    expect(bound).toEqual({
      workloadId: 'payments',
      fingerprint: 'crashLoop/high',
      fencingToken: 4,
      offered: [hashPlan(RESTART, sha256), hashPlan(REDEPLOY, sha256)],
      approvals: 1,
      askedAt: isoAt(20),
      expiresAt: isoAt(920),
    });
    expect(questionId).toMatch(/^[0-9a-f]{16}$/);
  });

  test('asked again is the same one; of another attempt, decision or incident another one', () => {
    const { questionId } = ask();
    expect(ask().questionId).toBe(questionId);
    const others = [
      { attempt: 2 },
      { head: { seq: 0, hash: sha256('another head') } },
      { incidentId: 'inc-20261121-053000-web-1a2b3c' },
    ];
    for (const other of others) expect(ask(other).questionId).not.toBe(questionId);
  });

  test.each([
    [0, true, 2],
    [0, false, 1],
    [1, true, 1],
  ] as const)('about criticality %d, with four eyes %j, takes %d', (criticality, fourEyes, approvals) => {
    const evidence = anEvidence({ workload: aService('payments', { criticality }) });
    expect(ask({ evidence }, fourEyes).approvals).toBe(approvals);
  });
});

describe('a request', () => {
  test('shows what was detected, what would be done, why, what else could be, and until when', () => {
    const [asks, passes] = [
      { ...aVerdict().guards[0]!, result: 'ask' as const, reason: 'manual mode' },
      aVerdict().guards[0]!,
    ];
    const verdict = aVerdict(RESTART, { verdict: 'ask', guards: [passes, asks] });
    const request = requestOf({ ...state, verdict }, aQuestion(), 'token-1', sha256);
    expect(request).toMatchObject({
      incidentId: state.incidentId,
      workloadId: 'payments',
      taskToken: 'token-1',
      question: aQuestion(),
      planHash: hashPlan(RESTART, sha256),
      fingerprint: 'crashLoop/high',
      summary: 'restart 1 sick task on payments',
      detected: ['40 % of requests fail (objective 5 %)'],
      reason: 'it has the least expected cost in minutes of user impact',
      askedBecause: ['manual mode'],
      proposal: { actionId: 'restart' },
      requestedAt: isoAt(20),
      expiresAt: isoAt(920),
      announced: false,
      consents: [],
    });
    expect(request.alternatives.map(({ actionId }) => actionId)).toEqual(['redeploy']);
  });

  test('that a person made is about what they said, not about a reading', () => {
    const request = {
      taskId: 'task-20261121-053000-1a2b3c4d',
      by: 'ada',
      confirmed: false,
      change: { kind: 'restart' },
    };
    const asked = requestOf({ ...state, verdict: aVerdict(), request } as never, aQuestion(), 'token-1', sha256);
    expect(asked.detected).toEqual(state.evidence.signals.map(({ summary }) => summary));
    expect(asked.detected[0]).toContain('too many requests fail');
  });

  test('reads as lines, one fact each', () => {
    const request = aRequest({ detected: ['40 % of requests fail', 'slow'], askedBecause: ['manual mode', 'risk'] });
    expect(questionLines(request)).toEqual([
      'Detected: 40 % of requests fail; slow.',
      'Proposed: restart 1 sick task on payments, because it has the least expected cost in minutes of user impact.',
      'Expected: recovers with 80 % (60 % to 95 %), 4 min of impact expected, from 3 earlier outcomes; low risk, can be undone.',
      'Or redeploy: replace every task of the same revision. Expected: recovers with 50 % (30 % to 70 %), ' +
        '9 min of impact expected, from the catalogue alone; low risk, can be undone.',
      'Asked because manual mode; risk.',
      `Silence is a no, at ${isoAt(920)}.`,
    ]);
  });

  test('that two people have to approve says so, and who has', () => {
    const consents = [{ approver: 'ada', planHash: anAnswer().planHash, at: isoAt(25) }];
    expect(questionLines(aRequest({ consents }, { approvals: 2 })).slice(-3)).toEqual([
      'It takes 2 different people to approve it.',
      `ada approved it at ${isoAt(25)}.`,
      `Silence is a no, at ${isoAt(920)}.`,
    ]);
  });

  test.each<[Partial<Offer>, string]>([
    [
      { recoverProbability: null, expectedMinutes: null, evidenceCount: 0, reversible: false, risk: 'medium' },
      'nobody knows how likely it is to help, from the catalogue alone; medium risk, cannot be undone',
    ],
    [
      { recoverProbability: { mean: 0.804, low: 0.126, high: 0.999 }, expectedMinutes: 4.06, evidenceCount: 0.25 },
      'recovers with 80 % (13 % to 100 %), 4.1 min of impact expected, from 0.3 earlier outcomes; low risk, can be undone',
    ],
  ])('what is expected is said in rounded figures: %#', (changes, words) => {
    expect(expectation({ ...aRequest().proposal, ...changes })).toBe(words);
  });
});

describe('whoever answered is told', () => {
  const done = { status: 'done', request: aRequest(), approval: anApproval() } as const;
  const { incidentId, proposal, alternatives } = done.request;
  const receipt = { incidentId, answer: 'approve', approver: 'ada', actionId: 'restart', status: 'done', steps: [] };

  test('that it counts, for what is proposed or for an alternative', () => {
    expect(receiptOf(done, anAnswer())).toEqual(receipt);
    expect(receiptOf(done, anAnswer({ planHash: alternatives[0]!.planHash }))).toEqual({
      ...receipt,
      actionId: 'redeploy',
    });
  });

  test('that one more person is needed', () => {
    const consent = { approver: 'ada', planHash: anAnswer().planHash, at: isoAt(25) };
    expect(receiptOf({ status: 'waiting', request: done.request, consent }, anAnswer()).status).toBe('waiting');
  });

  test('what to do by hand', () => {
    expect(receiptOf(done, anAnswer({ answer: 'takeover' })).steps).toEqual(proposal.steps);
    expect(receiptOf(done, anAnswer({ answer: 'decline' })).steps).toEqual([]);
  });
});
