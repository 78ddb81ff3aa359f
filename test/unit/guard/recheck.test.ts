import type { ActionPlan } from '../../../core/contracts/action.ts';
import type { GuardName } from '../../../core/contracts/verdict.ts';
import { recheck, recheckChain } from '../../../core/guard/recheck.ts';
import {
  approved,
  calmAtAct,
  decisionFor,
  hashPlan,
  isoAgo,
  limits,
  MINUTE,
  now,
  question,
  recheckFactsOf,
  saidAtAct,
  SECOND,
  verdict,
} from './fixture.ts';
import type { RecheckValues } from './fixture.ts';

const redeploy: ActionPlan = { actionId: 'redeploy' };
/** The verdict on what a person has approved; `ask` alone holds no lease and lets nothing through. */
const asked = { ...verdict, question };
const manual = { mode: 'manual' as const, reason: 'set by ops', since: null };
const verdictOf = (changes: Partial<RecheckValues> = {}) => recheck(recheckFactsOf(changes), hashPlan).verdict;

test('checks the mode, the plan, the age, the approval and the lease, each once', () => {
  expect(recheckChain.map(({ name }) => name)).toEqual<GuardName[]>([
    'mode',
    'schema',
    'freshness',
    'approval',
    'single-flight',
  ]);
});

test('allows what was allowed, while nothing has changed', () => {
  expect(verdictOf()).toBe('allow');
});

test('allows what was approved, in auto and in manual mode', () => {
  expect(verdictOf({ verdict: asked, approval: approved })).toBe('allow');
  expect(verdictOf({ verdict: asked, approval: approved, mode: manual })).toBe('allow');
});

test('denies when the plan was changed after the verdict', () => {
  expect(saidAtAct('schema', { decision: { ...calmAtAct.decision, plan: redeploy } })).toMatch(
    /^deny: the plan is not/,
  );
});

describe('approval', () => {
  const ttl = 'approved for this plan, this evidence and this token, at most 30 min ago; limits.approvalTtlSeconds';
  const line = (changes: Partial<RecheckValues>) => saidAtAct('approval', changes);
  const answer = (changes: Partial<typeof approved>) => line({ verdict: asked, approval: { ...approved, ...changes } });
  const gave = (answeredAt: string, said = 'approve') => `(${said} at ${answeredAt}; ${ttl})`;

  test('is not needed for a verdict that allows in auto mode', () => {
    expect(line({})).toBe(`allow: no approval is needed (no answer; ${ttl})`);
  });

  test('is needed for a verdict that asks, and in manual mode for every change', () => {
    const missing = `deny: a person has to approve this, and nobody has (no answer; ${ttl})`;
    expect(line({ verdict: asked })).toBe(missing);
    expect(line({ verdict: { ...verdict, verdict: 'ask' } })).toBe(missing);
    expect(line({ mode: manual })).toBe(missing);
  });

  test('names who gave it', () => {
    expect(answer({})).toBe(`allow: approved by ada ${gave(approved.answeredAt)}`);
  });

  test.each(['decline', 'expired'] as const)('denies when the answer was %s', (said) => {
    expect(answer({ answer: said })).toBe(`deny: the answer was ${said} ${gave(approved.answeredAt, said)}`);
    expect(line({ approval: { ...approved, answer: said } })).toMatch(/^deny: the answer was/);
  });

  test('denies when it is about another plan', () => {
    expect(answer({ planHash: hashPlan(redeploy) })).toBe(
      `deny: the approval is about a plan that was not offered; the approval is about another plan ${gave(approved.answeredAt)}`,
    );
  });

  test.each([null, ''])('denies when it does not say who gave it (%j)', (approver) => {
    expect(answer({ approver })).toBe(`deny: the approval does not say who gave it ${gave(approved.answeredAt)}`);
  });

  test('counts until it expires', () => {
    const old = { ...asked, question: { ...question, askedAt: isoAgo(40 * MINUTE) } };
    const given = (answeredAt: string) => line({ verdict: old, approval: { ...approved, answeredAt } });
    expect(given(isoAgo(30 * MINUTE))).toMatch(/^allow/);
    expect(given(isoAgo(30 * MINUTE + 1))).toBe(
      `deny: the approval has expired: it may be used for 30 min ${gave(isoAgo(30 * MINUTE + 1))}`,
    );
    const brief = { ...limits, approvalTtlSeconds: 59 };
    expect(line({ verdict: asked, approval: approved, limits: brief })).toMatch(/^deny: .* expired/);
  });

  test('may not come from the future', () => {
    expect(answer({ answeredAt: isoAgo(-5 * SECOND) })).toMatch(/^allow/);
    expect(answer({ answeredAt: isoAgo(-5 * SECOND - 1) })).toBe(
      `deny: the approval is from the future ${gave(isoAgo(-5 * SECOND - 1))}`,
    );
  });

  test('does not count without a question, or under another token than the one after the question', () => {
    expect(line({ approval: approved })).toBe(
      `deny: nobody was asked, so nobody can have approved ${gave(approved.answeredAt)}`,
    );
    for (const fencingToken of [2, 4]) {
      const other = { ...asked, lease: { ...verdict.lease!, fencingToken } };
      expect(line({ verdict: other, approval: approved })).toMatch(/^deny: somebody else has acted/);
    }
    expect(line({ verdict: { ...asked, lease: null }, approval: approved })).toMatch(/could not be read/);
  });

  test('does not help against a verdict that denies or is about another plan', () => {
    expect(line({ verdict: { ...verdict, verdict: 'deny' }, approval: approved })).toBe(
      `deny: the verdict was deny ${gave(approved.answeredAt)}`,
    );
    expect(line({ verdict: { ...verdict, planHash: hashPlan(redeploy) }, approval: approved })).toBe(
      `deny: the verdict is about another plan ${gave(approved.answeredAt)}`,
    );
  });
});

describe('lease', () => {
  const until = (expiresAt: string) =>
    saidAtAct('single-flight', { verdict: { ...verdict, lease: { ...verdict.lease!, expiresAt } } });
  const measured = (expiresAt: string) =>
    `(lease of payments until ${expiresAt}; not expired at 2026-11-21T12:00:00.000Z; verdict)`;

  test('runs until its expiry and not at it', () => {
    expect(until(isoAgo(-1))).toBe(`allow: the lease still runs ${measured(isoAgo(-1))}`);
    expect(until(isoAgo(0))).toBe(`deny: the lease has expired ${measured(isoAgo(0))}`);
  });

  test('is needed for every change', () => {
    expect(saidAtAct('single-flight', { verdict: { ...verdict, lease: null } })).toBe(
      'deny: no lease came with the verdict (no lease; not expired at 2026-11-21T12:00:00.000Z; verdict)',
    );
  });
});

test.each<ActionPlan>([
  { actionId: 'wait', seconds: 60 },
  { actionId: 'escalate', reason: 'nothing helped' },
])('%j needs neither lease nor approval nor fresh evidence', (plan) => {
  const decision = decisionFor(plan);
  const changes = {
    decision,
    verdict: { verdict: 'allow' as const, planHash: decision.planHash, lease: null },
    observedAt: now,
    mode: manual,
  };
  expect(verdictOf(changes)).toBe('allow');
});
