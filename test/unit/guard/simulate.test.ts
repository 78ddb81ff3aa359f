import type { GuardResult, Verdict } from '../../../core/contracts/verdict.ts';
import { guardChain } from '../../../core/guard/chain.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import type { Answer, PolicyEngine } from '../../../core/guard/policy.ts';
import { simulate } from '../../../core/guard/simulate.ts';
import type { GuardValues } from './fixture.ts';
import { factsOf, hashPlan, policies } from './fixture.ts';

const verdictOf = (changes: Partial<GuardValues> = {}): Verdict => ({
  ...evaluate(guardChain, factsOf(changes), hashPlan, policies),
  planHash: 'a'.repeat(64),
  lease: null,
});

const ref = (id: string) => ({ id, guard: null, reason: id, source: `${id}.cedar:1` });
const yes: Answer = { permitted: true, objections: [], errors: [] };
const no = (id: string): Answer => ({ permitted: false, objections: [ref(id)], errors: [] });
const failing = (id: string): Answer => ({
  permitted: true,
  objections: [],
  errors: [{ policy: ref(id), message: 'boom' }],
});
const saying = (supervised: Answer, alone: Answer): PolicyEngine => ({
  version: 'b'.repeat(64),
  authorize: (_, healer) => (healer === 'alone' ? alone : supervised),
});

test('the same policies say the same again', () => {
  for (const changes of [
    {},
    { incidentsToday: 9 },
    { mode: { mode: 'manual', reason: 'ops', since: factsOf().now } },
  ]) {
    const verdict = verdictOf(changes as Partial<GuardValues>);
    const simulated = simulate(verdict, policies);
    expect(simulated?.after).toBe(simulated?.before);
    expect(simulated?.before).toBe(verdict.verdict);
  }
});

test('other policies decide from the recorded facts, and are named: who denies and who asks', () => {
  const verdict = verdictOf();
  expect(simulate(verdict, saying(no('a'), no('a')))).toEqual({
    before: 'allow',
    after: 'deny',
    denying: [ref('a')],
    asking: [],
  });
  expect(simulate(verdict, saying(yes, no('b')))).toEqual({
    before: 'allow',
    after: 'ask',
    denying: [],
    asking: [ref('b')],
  });
  expect(simulate(verdict, saying(failing('c'), yes))).toMatchObject({ after: 'deny', denying: [ref('c')] });
  expect(simulate(verdict, saying(yes, failing('d')))).toMatchObject({ after: 'ask' });
  expect(simulate(verdictOf({ incidentsToday: 9 }), saying(yes, yes))).toMatchObject({
    before: 'deny',
    after: 'allow',
  });
});

test('what guards said that ask no policies stays', () => {
  const verdict = verdictOf();
  const withGuard = (result: GuardResult['result'], guard: GuardResult['guard'] = 'schema'): Verdict => ({
    ...verdict,
    guards: [...verdict.guards, { guard, result, reason: 'r', fact: 'f', limit: 'l', limitSource: 's' }],
  });
  expect(simulate(withGuard('deny'), saying(yes, yes))?.after).toBe('deny');
  expect(simulate(withGuard('ask'), saying(yes, yes))?.after).toBe('ask');
  expect(simulate(withGuard('deny', 'policies'), saying(yes, yes))?.after).toBe('allow');
  // A yes of a person answers what asks, and nothing that denies.
  expect(simulate(withGuard('allow', 'approval'), saying(yes, no('b')))?.after).toBe('allow');
  expect(simulate(withGuard('allow', 'approval'), saying(no('a'), no('a')))?.after).toBe('deny');
  expect(simulate(withGuard('deny', 'approval'), saying(yes, yes))?.after).toBe('deny');
  expect(simulate(withGuard('ask', 'approval'), saying(yes, yes))?.after).toBe('ask');
});

test('a verdict without recorded facts cannot be tried', () => {
  const { policies: _, ...before } = verdictOf();
  expect(simulate(before, policies)).toBeNull();
  expect(simulate({ ...before, policies: null }, policies)).toBeNull();
});

test('a question that is none is refused', () => {
  const verdict = verdictOf();
  expect(() =>
    simulate({ ...verdict, policies: { version: 'c'.repeat(64), request: { action: 'delete' } } }, policies),
  ).toThrow();
});
