import { answerTo, samePerson } from '../../../core/approval/answer.ts';
import { hashPlan } from '../../../core/action/hash-plan.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { REDEPLOY, aRequest, anAnswer, anApproval } from '../../support/approvals.ts';
import { at, isoAt } from '../../support/builders.ts';

const redeploy = hashPlan(REDEPLOY, sha256);
const error = (request: Parameters<typeof answerTo>[0], answer = anAnswer(), when = 30): string => {
  const held = answerTo(request, answer, at(when));
  return held.ok ? 'it was taken' : held.error;
};

describe('stands', () => {
  test('an answer in time, to this question, about its plan; with its time', () => {
    const request = aRequest();
    expect(answerTo(request, anAnswer(), at(30))).toEqual({
      ok: true,
      value: { status: 'done', request, approval: anApproval() },
    });
  });

  test('a yes until the very last millisecond', () => {
    expect(answerTo(aRequest(), anAnswer(), at(919.999))).toMatchObject({ ok: true });
    expect(error(aRequest(), anAnswer(), 920)).toBe(`the question expired at ${isoAt(920)}`);
  });

  test('a yes to an alternative, by its own hash', () => {
    expect(answerTo(aRequest(), anAnswer({ planHash: redeploy }), at(30))).toMatchObject({
      ok: true,
      value: { approval: { actionId: 'redeploy', planHash: redeploy } },
    });
  });

  test.each(['decline', 'takeover'] as const)('%s, which nobody has approved', (answer) => {
    expect(answerTo(aRequest({}, { approvals: 2 }), anAnswer({ answer }), at(30))).toMatchObject({
      ok: true,
      value: { status: 'done', approval: { answer, approver: 'ada', approvers: [] } },
    });
  });
});

describe('does nothing and says so', () => {
  test('when nothing is asked, or somebody was faster', () => {
    expect(error(null)).toBe('nothing is waiting for an answer: it was answered already, or it is over');
  });

  test('when it is to another question, though about the same plan', () => {
    const earlier = anAnswer({ questionId: 'fedcba9876543210' });
    expect(error(aRequest(), earlier)).toContain('to another question');
  });

  test('when it is about a plan that was not offered', () => {
    expect(error(aRequest(), anAnswer({ planHash: sha256('other') }))).toContain('about another plan');
  });

  test('when it does not say who gives it', () => {
    expect(error(aRequest(), anAnswer({ approver: '  ' }))).toBe('the answer does not say who gives it');
  });
});

describe('four eyes', () => {
  const consents = [{ approver: 'ada', planHash: anAnswer().planHash, at: isoAt(25) }];
  const two = aRequest({}, { approvals: 2 });
  const half = { ...two, consents };

  test('the first yes waits for the second', () => {
    expect(answerTo(two, anAnswer(), at(25))).toEqual({
      ok: true,
      value: { status: 'waiting', request: two, consent: consents[0] },
    });
  });

  test('the second one approves, and both are named', () => {
    expect(answerTo(half, anAnswer({ approver: 'grace' }), at(30))).toMatchObject({
      ok: true,
      value: { status: 'done', approval: { approver: 'grace', approvers: ['ada', 'grace'] } },
    });
  });

  test.each(['ada', 'Ada', ' ADA '])('the same person twice is one (%j)', (approver) => {
    expect(error(half, anAnswer({ approver }))).toContain('has approved already: a second person has to');
  });

  test.each([
    ['Weiß', 'WEISS'],
    ['νικος', 'ΝΙΚΟΣ'],
    ['ﬁona', 'Fiona'],
  ])('%s and %s are one person', (a, b) => expect(samePerson(a, b)).toBe(true));

  test('two people who approve different plans approve nothing', () => {
    expect(error(half, anAnswer({ approver: 'grace', planHash: redeploy }))).toBe(
      'ada has approved another of the offered plans: approve the same one, or decline',
    );
  });

  test('either of them can decline', () => {
    expect(answerTo(half, anAnswer({ answer: 'decline' }), at(30))).toMatchObject({ ok: true });
  });
});
