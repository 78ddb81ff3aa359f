import { guardChain } from '../../../core/guard/chain.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import type { PolicyGuard } from '../../../core/guard/guard.ts';
import { modeGuard } from '../../../core/guard/mode.ts';
import type { Answer, PolicyEngine } from '../../../core/guard/policy.ts';
import { runGuards } from '../../../core/guard/run.ts';
import { schemaGuard } from '../../../core/guard/schema.ts';
import { decisionFor, factsOf, hashPlan } from './fixture.ts';
import type { GuardValues } from './fixture.ts';

const policy = (id: string, guard: string | null, reason = `${id} says no`) => ({
  id,
  guard,
  reason,
  source: `${id}.cedar:1`,
});
type Policy = ReturnType<typeof policy>;
const yes: Answer = { permitted: true, objections: [], errors: [] };
const no = (...objections: readonly Policy[]): Answer => ({ permitted: false, objections, errors: [] });
const failing = (...policies: readonly Policy[]): Answer => ({
  permitted: true,
  objections: [],
  errors: policies.map((each) => ({ policy: each, message: 'overflow' })),
});
const engine = (supervised: Answer, alone: Answer): PolicyEngine => ({
  version: 'b'.repeat(64),
  authorize: (_, healer) => (healer === 'alone' ? alone : supervised),
});

/** What the mode guard, the rule on the plan and the rest of the policies say, one line each. */
const lines = (supervised: Answer, alone: Answer, changes: Partial<GuardValues> = {}): readonly string[] => {
  const { verdict, guards } = evaluate([modeGuard, schemaGuard], factsOf(changes), hashPlan, engine(supervised, alone));
  return [
    verdict,
    ...guards.map(({ guard, result, reason, policies = [] }) => [guard, result, reason, ...policies].join(': ')),
  ];
};
const plan = 'schema: allow: the plan is the one that was decided';
const mode = 'mode: allow: the mode is auto';
const rest = 'policies: allow: no other policy objects';

test('what no policy objects to is allowed', () => {
  expect(lines(yes, yes)).toEqual(['allow', mode, plan, rest]);
});

test('an objection to Kintsugi with a person denies, one to Kintsugi alone asks, under the guard that it names', () => {
  const a = policy('a', 'mode');
  expect(lines(no(a), no(a))).toEqual(['deny', 'mode: deny: a says no: a', plan, rest]);
  expect(lines(yes, no(a))).toEqual(['ask', 'mode: ask: a says no: a', plan, rest]);
});

test('several objections are told together, a denial before a failure, and a failure once', () => {
  const [a, b, c] = [policy('a', 'mode'), policy('b', 'mode'), policy('c', 'mode')];
  const supervised = { permitted: false, objections: [a, b], errors: [{ policy: c, message: 'overflow' }] };
  expect(lines(supervised, failing(c))[1]).toBe(
    'mode: deny: a says no; b says no; policy c could not be evaluated: overflow: a: b: c',
  );
  expect(lines(yes, failing(c))[1]).toBe('mode: deny: policy c could not be evaluated: overflow: c');
  expect(lines(yes, no(a, b))[1]).toBe('mode: ask: a says no; b says no: a: b');
});

test('an objection that belongs to no guard that asks is not lost', () => {
  for (const guard of [null, 'budget', 'schema']) {
    const own = policy('own', guard, '{action} of {workload} in {environment}: never, {unknown}');
    expect(lines(no(own), no(own))).toEqual([
      'deny',
      mode,
      plan,
      'policies: deny: restart of payments in prod: never, {unknown}: own',
    ]);
    expect(lines(yes, no(own))[0]).toBe('ask');
    expect(lines(yes, failing(own))[3]).toBe('policies: deny: policy own could not be evaluated: overflow: own');
  }
});

test('what is permitted by nobody is denied, what only with a person is asked, and each says so', () => {
  expect(lines(no(), no())).toEqual(['deny', mode, plan, 'policies: deny: no policy permits to restart payments']);
  expect(lines(yes, no())).toEqual([
    'ask',
    mode,
    plan,
    'policies: ask: no policy permits to restart payments without a person',
  ]);
  // Here somebody says why: it is told once, under its guard.
  const silent = { permitted: false, objections: [], errors: failing(policy('a', 'mode')).errors };
  expect(lines(silent, silent)[3]).toBe(rest);
});

test('the rest says how many objections there were, to which set, and which policies they are of', () => {
  const last = (supervised: Answer) =>
    evaluate([modeGuard], factsOf(), hashPlan, engine(supervised, yes)).guards.at(-1)!;
  const limit = 'permitted by at least one policy, forbidden by none';
  expect(last(yes)).toMatchObject({ fact: '0 policy objections, set bbbbbbbbbbbb', limit, limitSource: 'policies' });
  expect(last(no(policy('a', null), policy('b', null)))).toMatchObject({
    fact: '2 policy objections, set bbbbbbbbbbbb',
    limit,
    limitSource: 'a.cedar:1, b.cedar:1',
  });
  expect(last(no(policy('a', 'mode'))).fact).toBe('1 policy objection, set bbbbbbbbbbbb');
});

test('a plan that changes nothing has nothing to fear from a guard over changes, but from an objection', () => {
  const decision = decisionFor({ actionId: 'wait', seconds: 30 });
  const budget = guardChain.filter(({ name }) => name === 'budget');
  const said = (answer: Answer) => evaluate(budget, factsOf({ decision }), hashPlan, engine(answer, answer)).guards[0];
  expect(said(yes)).toMatchObject({ result: 'allow', reason: 'wait changes nothing in the workload' });
  expect(said(no(policy('a', 'budget')))).toMatchObject({ result: 'deny', reason: 'a says no' });
});

test.each([
  ['decision', 'the decision is not known: lost'],
  ['workload', 'the workload is not known: lost'],
  ['limits', 'the limits are not known: lost'],
])('without the %s no policy is asked, and every guard denies', (name, why) => {
  const facts = { ...factsOf(), [name]: { known: false, why: 'lost' } };
  const { verdict, guards, policies } = evaluate([modeGuard], facts as never, hashPlan, engine(yes, yes));
  expect([verdict, policies]).toEqual(['deny', null]);
  expect(guards.at(-1)).toEqual({
    guard: 'policies',
    result: 'deny',
    reason: `the policies could not be evaluated: ${why}`,
    fact: 'not known',
    limit: 'must answer',
    limitSource: 'guards fail closed',
  });
});

test('a guard that throws while it observes denies', () => {
  const broken: PolicyGuard = {
    name: 'budget',
    needs: [],
    observe: () => {
      throw new TypeError('boom');
    },
  };
  const { verdict, guards } = evaluate([broken], factsOf(), hashPlan, engine(yes, yes));
  expect(verdict).toBe('deny');
  expect(guards[0]).toEqual({
    guard: 'budget',
    result: 'deny',
    reason: 'the guard failed: TypeError: boom',
    fact: 'not known',
    limit: 'must answer',
    limitSource: 'guards fail closed',
  });
});

test('an empty chain denies at Act as well', () => {
  expect(runGuards([], factsOf(), hashPlan)).toMatchObject({
    verdict: 'deny',
    guards: [{ guard: 'schema', result: 'deny' }],
  });
});
