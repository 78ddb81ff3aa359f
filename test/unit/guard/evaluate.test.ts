import fc from 'fast-check';
import { GuardNameSchema, GuardResultSchema } from '../../../core/contracts/verdict.ts';
import type { GuardResult } from '../../../core/contracts/verdict.ts';
import { guardChain } from '../../../core/guard/chain.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import type { Guard } from '../../../core/guard/guard.ts';
import { modeGuard } from '../../../core/guard/mode.ts';
import { recheckChain } from '../../../core/guard/recheck.ts';
import { runGuards } from '../../../core/guard/run.ts';
import { schemaGuard } from '../../../core/guard/schema.ts';
import { factsOf, hashPlan, policies } from './fixture.ts';

const answer = (changes: Partial<GuardResult> = {}): GuardResult => ({
  guard: 'budget',
  result: 'allow',
  reason: 'because',
  fact: '1',
  limit: '2',
  limitSource: 'test',
  ...changes,
});
const guardOf = (check: () => unknown): Guard => ({ name: 'budget', needs: [], check: check as Guard['check'] });
const saying = (result: GuardResult['result']): Guard => guardOf(() => answer({ result }));
const verdictOf = (guards: readonly Guard[]) => runGuards(guards, factsOf(), hashPlan).verdict;
const resultOf = (check: () => unknown) => runGuards([guardOf(check)], factsOf(), hashPlan).guards[0];

test('the chain of Enforce has every guard exactly once, but for those of Act alone', () => {
  const names = guardChain.map(({ name }) => name);
  const elsewhere = ['approval', 'policies'];
  expect([...names].sort()).toEqual(GuardNameSchema.options.filter((name) => !elsewhere.includes(name)).sort());
  expect(recheckChain.map(({ name }) => name)).toContain('approval');
});

test('allows a decision that nothing speaks against, and every guard says so', () => {
  const { verdict, guards } = evaluate(guardChain, factsOf(), hashPlan, policies);
  expect(verdict).toBe('allow');
  expect(guards.map(({ guard, result }) => [guard, result])).toEqual(
    [...guardChain.map(({ name }) => name), 'policies'].map((name) => [name, 'allow']),
  );
});

test('one denial denies, else one ask asks', () => {
  expect(verdictOf([saying('allow'), saying('allow')])).toBe('allow');
  expect(verdictOf([saying('allow'), saying('ask')])).toBe('ask');
  expect(verdictOf([saying('ask'), saying('deny')])).toBe('deny');
  expect(verdictOf([saying('deny'), saying('allow')])).toBe('deny');
});

test('an empty chain denies, with a reason', () => {
  expect(evaluate([], factsOf(), hashPlan, policies)).toEqual({
    verdict: 'deny',
    policies: null,
    guards: [
      {
        guard: 'schema',
        result: 'deny',
        reason: 'no guard is configured, and nothing is allowed without one',
        fact: '0 guards',
        limit: 'at least 1 guard',
        limitSource: 'guards fail closed',
      },
    ],
  });
});

test('denies when a guard throws', () => {
  const found = resultOf(() => {
    throw new TypeError('boom');
  });
  expect(found).toEqual({
    guard: 'budget',
    result: 'deny',
    reason: 'the guard failed: TypeError: boom',
    fact: 'not known',
    limit: 'must answer',
    limitSource: 'guards fail closed',
  });
});

test.each([
  ['nothing', undefined],
  ['a promise', Promise.resolve(answer())],
  ['an unknown result', answer({ result: 'yes' as never })],
  ['no reason', answer({ reason: '' })],
  ["another guard's result", answer({ guard: 'mode' })],
  ['a boolean', true],
])('denies when a guard answers %s', (_, garbage) => {
  expect(resultOf(() => garbage)).toMatchObject({
    guard: 'budget',
    result: 'deny',
    reason: 'the guard failed: it gave no valid result',
  });
});

test('a guard that lacks a fact says which and why, and does not judge', () => {
  const facts = { ...factsOf(), mode: { known: false, why: 'ParameterNotFound' } as const };
  expect(evaluate([modeGuard], facts, hashPlan, policies).guards.slice(0, 1)).toEqual([
    {
      guard: 'mode',
      result: 'deny',
      reason: 'the mode could not be read: ParameterNotFound',
      fact: 'not known',
      limit: 'must be known',
      limitSource: 'guards fail closed',
    },
  ]);
});

test('a guard that lacks several facts names all of them', () => {
  const nothing = { known: false, why: 'timed out' } as const;
  const facts = { ...factsOf(), mode: nothing, decision: nothing };
  expect(evaluate([modeGuard], facts, hashPlan, policies).guards[0]?.reason).toBe(
    'the mode could not be read: timed out; the decision could not be read: timed out',
  );
});

test('a decision that is not known leaves no hash to compare, for the same reason', () => {
  const facts = { ...factsOf(), decision: { known: false, why: 'timed out' } as const };
  expect(evaluate([schemaGuard], facts, hashPlan, policies).guards[0]?.reason).toBe(
    'the decision could not be read: timed out; the hash of the plan could not be read: timed out',
  );
});

describe('whatever the guards are', () => {
  const arbitraryGuard: fc.Arbitrary<Guard> = fc.oneof(
    fc.constantFrom(...recheckChain, schemaGuard),
    fc.constantFrom('allow' as const, 'ask' as const, 'deny' as const).map(saying),
    fc.anything().map((garbage) => guardOf(() => garbage)),
    fc.string().map((message) =>
      guardOf(() => {
        throw new Error(message);
      }),
    ),
  );
  const chain = fc.array(arbitraryGuard, { minLength: 1, maxLength: 8 });
  const severity = { allow: 0, ask: 1, deny: 2 };

  test('adding one never makes the verdict milder', () => {
    fc.assert(
      fc.property(chain, arbitraryGuard, (guards, extra) => {
        expect(severity[verdictOf([...guards, extra])]).toBeGreaterThanOrEqual(severity[verdictOf(guards)]);
      }),
    );
  });

  test('their order does not matter', () => {
    fc.assert(
      fc.property(
        chain.chain((guards) =>
          fc.tuple(fc.constant(guards), fc.shuffledSubarray(guards, { minLength: guards.length })),
        ),
        ([guards, shuffled]) => {
          expect(verdictOf(shuffled)).toBe(verdictOf(guards));
        },
      ),
    );
  });

  test('each gives one valid result, in the order of the chain', () => {
    fc.assert(
      fc.property(chain, (guards) => {
        const results = runGuards(guards, factsOf(), hashPlan).guards;
        expect(results.map(({ guard }) => guard)).toEqual(guards.map(({ name }) => name));
        results.forEach((result) => GuardResultSchema.parse(result));
      }),
    );
  });
});
