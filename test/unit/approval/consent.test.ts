import { withApproval } from '../../../core/approval/consent.ts';
import type { Approval, Verdict } from '../../../core/contracts/verdict.ts';
import type { Evaluation } from '../../../core/guard/evaluate.ts';
import type { Fact } from '../../../core/guard/facts.ts';
import { known, unknown } from '../../../core/guard/facts.ts';
import type { Coordination } from '../../../core/shared/ports.ts';
import { aQuestion, anApproval } from '../../support/approvals.ts';
import { aDecision, aLoopState, aVerdict, anEvidence, at, isoAt } from '../../support/builders.ts';

const nobody: Coordination = {
  lease: null,
  groupLeases: [],
  history: [],
  actionsThisHour: 0,
  acting: [],
  spentTodayMicroUsd: 0,
  backlog: [],
};
const { incidentId } = aLoopState();
const leased = (holder: string, fencingToken: number): Fact<Coordination> =>
  known({ ...nobody, lease: { holder, fencingToken, expiresAt: at(900) } });

const said = (verdict: Verdict['verdict']): Evaluation => ({ verdict, guards: aVerdict().guards, policies: null });
const asking = (changes: Partial<Verdict> = {}): Verdict =>
  aVerdict(undefined, { verdict: 'ask', lease: null, question: aQuestion(), ...changes });

const judged = (
  changes: {
    evaluation?: Evaluation;
    approval?: Approval | undefined;
    verdict?: Verdict | undefined;
    coordination?: Fact<Coordination>;
    now?: number;
  } = {},
): Evaluation => {
  const { evaluation = said('ask'), coordination = known(nobody), now = 60 } = changes;
  const state = {
    incidentId,
    evidence: anEvidence(),
    decision: aDecision(),
    verdict: 'verdict' in changes ? changes.verdict : asking(),
    approval: 'approval' in changes ? changes.approval : anApproval(),
  };
  return withApproval(evaluation, state as never, { approvalTtlSeconds: 900 }, coordination, at(now));
};
const line = (evaluation: Evaluation): string => {
  const { guard, result, reason, fact, limit, limitSource } = evaluation.guards.at(-1)!;
  return `${guard} ${result}: ${reason} (${fact}; ${limit}; ${limitSource})`;
};
const rest = `(approve at ${isoAt(30)}; approved for this plan, this evidence and this token, at most 15 min ago; limits.approvalTtlSeconds)`;

test('where nobody was asked nothing changes', () => {
  const evaluation = said('ask');
  expect(judged({ evaluation, approval: undefined })).toBe(evaluation);
});

test.each(['ask', 'allow'] as const)(
  'a yes that holds answers %s, and stands beside what the guards said',
  (verdict) => {
    const evaluation = said(verdict);
    const after = judged({ evaluation });
    expect(after).toMatchObject({ verdict: 'allow', policies: null });
    expect(after.guards.slice(0, -1)).toEqual(evaluation.guards);
    expect(line(after)).toBe(`approval allow: approved by ada ${rest}`);
  },
);

test('a yes answers no guard that denies', () => {
  expect(judged({ evaluation: said('deny') }).verdict).toBe('deny');
});

test('a yes that no longer holds denies, with all that has changed', () => {
  const after = judged({ coordination: leased('inc-20261121-080000-web-bbbbbb', 3), now: 931 });
  expect(after.verdict).toBe('deny');
  expect(line(after)).toBe(
    `approval deny: somebody else has acted on the workload since; the approval has expired: it may be used for 15 min ${rest}`,
  );
});

test.each<[string, Verdict | undefined]>([
  ['no verdict', undefined],
  ['a verdict without a question', asking({ question: undefined } as never)],
])('a yes to %s denies', (_, verdict) => {
  expect(line(judged({ verdict }))).toContain('approval deny: nobody was asked, so nobody can have approved (');
  expect(line(judged({ verdict, coordination: leased(incidentId, 1) }))).toContain('approval deny: nobody was asked');
});

describe('the token', () => {
  test('that could not be read denies', () => {
    expect(line(judged({ coordination: unknown('no answer') }))).toContain(
      'approval deny: whether somebody else has acted since could not be read (',
    );
  });

  test('of an earlier run of this very step is ours; any other is of somebody else', () => {
    expect(judged({ coordination: leased(incidentId, 1) }).verdict).toBe('allow');
    expect(judged({ coordination: leased(incidentId, 2) }).verdict).toBe('deny');
    const later = asking({ question: aQuestion({ fencingToken: 4 }) });
    expect(judged({ verdict: later, coordination: leased(incidentId, 4) }).verdict).toBe('allow');
    expect(judged({ coordination: leased('inc-20261121-080000-web-bbbbbb', 1) }).verdict).toBe('deny');
    expect(judged({ coordination: leased('inc-20261121-080000-web-bbbbbb', 0) }).verdict).toBe('allow');
  });
});
