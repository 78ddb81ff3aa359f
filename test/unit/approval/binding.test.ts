import type { Present } from '../../../core/approval/binding.ts';
import { listPeople, whyNotBound } from '../../../core/approval/binding.ts';
import type { Approval, Question } from '../../../core/contracts/verdict.ts';
import { minutes } from '../../../core/shared/units.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { aQuestion, anApproval } from '../../support/approvals.ts';
import { at, isoAt } from '../../support/builders.ts';

const now: Present = {
  now: at(60),
  workloadId: 'payments',
  planHash: anApproval().planHash,
  fingerprint: aQuestion().fingerprint,
  fencingToken: 0,
};

const why = (
  changes: { approval?: Partial<Approval>; question?: Partial<Question>; present?: Partial<Present> } = {},
): readonly string[] =>
  whyNotBound(anApproval(changes.approval), aQuestion(changes.question), { ...now, ...changes.present }, minutes(15));

test('counts while everything that it is bound to is as it was', () => {
  expect(why()).toEqual([]);
});

test.each<[string, Parameters<typeof why>[0], string]>([
  ['another question', { approval: { questionId: 'fedcba9876543210' } }, 'the approval answers another question'],
  ['no question at all', { approval: { questionId: undefined } }, 'the approval answers another question'],
  [
    'another workload',
    { present: { workloadId: 'web' } },
    'the cause is now seen in web, and it was asked about payments',
  ],
  ['another plan', { present: { planHash: sha256('other') } }, 'the approval is about another plan'],
  [
    'a plan that was not offered',
    { question: { offered: [sha256('other')] } },
    'the approval is about a plan that was not offered',
  ],
  [
    'other evidence',
    { present: { fingerprint: 'memLeak/low' } },
    `the evidence has changed since it was shown: ${aQuestion().fingerprint} then, memLeak/low now`,
  ],
  ['a newer token', { present: { fencingToken: 1 } }, 'somebody else has acted on the workload since'],
  ['an unknown token', { present: { fencingToken: null } }, 'whether somebody else has acted since could not be read'],
  ['nobody', { approval: { approver: null } }, 'the approval does not say who gave it'],
  ['too few people', { question: { approvals: 2 } }, 'it takes 2 different people to approve it'],
  [
    'one person under two names',
    { question: { approvals: 2 }, approval: { approvers: ['ada', ' Ada'] } },
    'it takes 2 different people to approve it',
  ],
  ['no list of people', { approval: { approvers: undefined } }, 'it takes 1 different people to approve it'],
  ['the future', { approval: { answeredAt: isoAt(65.001) } }, 'the approval is from the future'],
  [
    'a time before the question',
    { approval: { answeredAt: isoAt(14.999) } },
    'the approval is older than its question',
  ],
  [
    'a time after the question',
    { approval: { answeredAt: isoAt(920) }, present: { now: at(925) } },
    'the answer came after the question had expired',
  ],
  [
    'a time too long ago',
    { present: { now: at(30 + 900.001) } },
    'the approval has expired: it may be used for 15 min',
  ],
])('is void with %s', (_, changes, reason) => {
  expect(why(changes)).toEqual([reason]);
});

test.each<[string, Parameters<typeof why>[0]]>([
  ['the clock of whoever answered is a little ahead', { approval: { answeredAt: isoAt(65) } }],
  ['the clock of whoever answered is a little behind', { approval: { answeredAt: isoAt(15) } }],
  ['it comes at the last moment', { approval: { answeredAt: isoAt(919.999) }, present: { now: at(920) } }],
  ['it is used at the last moment', { present: { now: at(930) } }],
  ['two people gave it', { question: { approvals: 2 }, approval: { approvers: ['ada', 'grace'] } }],
])('counts when %s', (_, changes) => {
  expect(why(changes)).toEqual([]);
});

test.each(['decline', 'takeover', 'expired'] as const)('%s approves nothing', (answer) => {
  expect(why({ approval: { answer } })).toEqual([`the answer was ${answer}`]);
});

test('without a question nobody can have approved', () => {
  expect(whyNotBound(anApproval(), undefined, now, minutes(15))).toEqual([
    'nobody was asked, so nobody can have approved',
  ]);
});

test('says all that has changed, not only the first', () => {
  expect(why({ present: { workloadId: 'web', fingerprint: 'x', fencingToken: 9 } })).toHaveLength(3);
});

test('names everybody who approved', () => {
  expect(listPeople(anApproval())).toBe('ada');
  expect(listPeople(anApproval({ approvers: ['ada', 'grace'] }))).toBe('ada and grace');
  // Records of before there were several, and answers that approve nothing.
  expect(listPeople(anApproval({ approvers: undefined }))).toBe('ada');
  expect(listPeople(anApproval({ approvers: [] }))).toBe('ada');
  expect(listPeople(anApproval({ approvers: [], approver: null }))).toBe('nobody');
});
