import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SECTION_NAMES } from '../../../core/contracts/policy-request.ts';
import { guardChain } from '../../../core/guard/chain.ts';
import { evaluate } from '../../../core/guard/evaluate.ts';
import { cedarPolicies, noPolicies } from '../../../lambdas/adapters/cedar-policies.ts';
import type { PolicyChecker } from '../../../core/guard/compile-policies.ts';
import { compilePolicies as compileWith } from '../../../core/guard/compile-policies.ts';
import { sha256 } from '../../../lambdas/adapters/sha256.ts';
import { compilePolicies, readPolicies } from '../../../lib/policies/compile-policies.ts';
import { problemLines } from '../../../lib/policies/policy-files.ts';
import { cedar, ownPolicies, ownPolicySet, policiesDir } from '../../support/policies.ts';
import { factsOf, hashPlan } from '../guard/fixture.ts';
import { ask, CALM } from './examples.ts';

const { schema } = ownPolicySet();
const PERMIT = '@id("permit")\npermit (principal, action, resource);\n';
const problemsOf = (text: string): string => {
  const compiled = compilePolicies({ name: 'schema', text: schema }, [{ name: 'mine.cedar', text }]);
  return compiled.ok ? 'good' : problemLines(compiled.problems).join('\n');
};

const FRIDAYS = '@id("mine")\n@reason("no")\nforbid (principal, action == Action::"rollback", resource)';

test.each<[string, string, RegExp]>([
  ['a typo in a fact', `${PERMIT}${FRIDAYS}\nwhen { context.mode.mood == "auto" };`, /^mine\.cedar:6:8 .*`mode\.mood`/],
  ['a type error', `${FRIDAYS}\nwhen { context.attempts.attempt > "three" };`, /^mine\.cedar:4:\d+ /],
  ['an action that does not exist', FRIDAYS.replace('rollback', 'delete') + ';', /^mine\.cedar:3:\d+ .*delete/],
  ['a syntax error after letters of several bytes', `// ä€🙂\n${FRIDAYS} wenn { true };`, /^mine\.cedar:4:\d+ /],
  ['no id', 'permit (principal, action, resource);', /^mine\.cedar:1:1 @id is missing/],
  ['no reason', '@id("a")\nforbid (principal, action, resource);', /^mine\.cedar:1:1 @reason is missing/],
  [
    'an id that is taken',
    `${PERMIT}${PERMIT}`,
    /^mine\.cedar:3:1 @id\("permit"\) is taken by the policy in mine\.cedar:1$/,
  ],
  [
    'an unknown guard',
    `@guard("gate")\n${FRIDAYS};`,
    /^mine\.cedar:1:1 @guard\("gate"\) is not allowed: must be one of mode, /,
  ],
  [
    'a word that nobody fills in',
    FRIDAYS.replace('"no"', '"no {cause}"') + ';',
    /@reason quotes \{cause\}, which nobody fills in; allowed: action, /,
  ],
  [
    'an annotation without a reader',
    `@severity("high")\n${FRIDAYS};`,
    /^mine\.cedar:1:1 @severity has no reader; allowed: @id, @guard, @reason$/,
  ],
  [
    'a template',
    '@id("a")\npermit (principal == ?principal, action, resource);',
    /^mine\.cedar:1:1 templates are not supported/,
  ],
  [
    'a template behind a policy',
    `${PERMIT}@id("a")\npermit (principal == ?principal, action, resource);`,
    /^mine\.cedar:3:1 templates are not supported/,
  ],
  [
    'a typo behind letters of several bytes and another policy',
    `// ä€🙂\n${PERMIT}${FRIDAYS}\nwhen { context.mode.mood == "auto" };`,
    /^mine\.cedar:7:8 .*`mode\.mood`/,
  ],
  ['nothing', '// later', /^mine\.cedar:1:1 there is no policy$/],
])('%s is refused, with file and position', (_, text, expected) => expect(problemsOf(text)).toMatch(expected));

test('every problem is told, not only the first', () => {
  expect(
    problemsOf('permit (principal, action, resource);\nforbid (principal, action, resource);').split('\n'),
  ).toHaveLength(3);
});

test('each place of a wrong type is told, once', () => {
  const wrong = '@reason("no")\nforbid (principal, action, resource)\nwhen { context.attempts.attempt > "three" };\n';
  expect(problemsOf(`@id("a")\n${wrong}@id("b")\n${wrong}`).split('\n')).toHaveLength(2);
});

test('no file at all is no policy', () => {
  const compiled = compilePolicies({ name: 'schema', text: schema }, []);
  expect(compiled.ok ? '' : problemLines(compiled.problems).join()).toBe('schema:1:1 there is no policy');
});

describe('what the engine says', () => {
  const checker = { ...cedar } as unknown as PolicyChecker;
  const problems = (over: Partial<PolicyChecker>) => {
    const compiled = compileWith({ name: 'schema', text: schema }, [{ name: 'mine.cedar', text: PERMIT }], {
      cedar: { ...checker, ...over },
      sha256,
    });
    return compiled.ok ? 'good' : problemLines(compiled.problems).join('\n');
  };
  const error = { message: 'it is wrong', help: null };

  test('of the schema is told of the schema', () => {
    const validate = () => ({ type: 'failure' as const, errors: [error] });
    expect(problems({ validate })).toBe('schema:1:1 it is wrong');
  });

  test('of a policy that nobody knows is told of the schema, of one that is known at its place', () => {
    const validate = (policyId: string, more: object) => () => ({
      type: 'success' as const,
      validationErrors: [{ policyId, error: { ...error, ...more } }],
      validationWarnings: [],
    });
    expect(problems({ validate: validate('other', {}) })).toBe('schema:1:1 it is wrong');
    expect(problems({ validate: validate('permit', { sourceLocations: [] }) })).toBe('mine.cedar:1:1 it is wrong');
    expect(problems({ validate: validate('permit', { sourceLocations: [{ start: 2 }], help: 'try again' }) })).toBe(
      'mine.cedar:1:3 it is wrong (try again)',
    );
  });

  test('when it cannot read what it has parsed is an error, and drops no policy', () => {
    const policyToJson = () => ({ type: 'failure' as const, errors: [error] });
    expect(() => problems({ policyToJson })).toThrow(`a policy that was parsed cannot be read: ${PERMIT.trim()}`);
  });
});

test('a schema that cannot be read is refused', () => {
  const compiled = compilePolicies({ name: 'schema', text: 'entity Healer enum;' }, []);
  const [told] = compiled.ok ? [''] : problemLines(compiled.problems);
  expect(told).toMatch(/^schema:1:\d+ /);
  expect(told).not.toContain('there is no policy');
});

test('the version changes with a rule and with the schema, and with nothing else', () => {
  const versionOf = (text: string, schemaText = schema): string => {
    const compiled = compilePolicies({ name: 'schema', text: schemaText }, [{ name: 'mine.cedar', text }]);
    return compiled.ok ? compiled.set.version : 'bad';
  };
  expect(versionOf(PERMIT)).toBe(versionOf(`// a comment\n\n${PERMIT}`));
  expect(versionOf(PERMIT)).not.toBe(versionOf(PERMIT.replace(', resource', ', resource is Workload')));
  expect(versionOf(PERMIT)).not.toBe(versionOf(PERMIT, `${schema}\n`));
});

test('the schema and the facts of the guards name the same sections and fields', () => {
  const json = cedar.schemaToJsonWithResolvedTypes(schema);
  if (json.type === 'failure') throw new Error(JSON.stringify(json.errors));
  const facts = json.json['']?.commonTypes?.['Facts'] as unknown as {
    readonly attributes: Readonly<Record<string, { readonly attributes?: Readonly<Record<string, unknown>> }>>;
  };
  const { action: _, env: __, ...declared } = facts.attributes;
  expect(Object.keys(declared).sort()).toEqual([...SECTION_NAMES].sort());
  for (const [name, { attributes = {} }] of Object.entries(declared)) {
    expect([name, Object.keys(attributes).sort()]).toEqual([name, Object.keys(CALM[name as keyof typeof CALM]).sort()]);
  }
});

describe("a user's folder", () => {
  const dir = mkdtempSync(join(tmpdir(), 'kintsugi-policies-'));
  afterAll(() => rmSync(dir, { recursive: true, force: true }));
  const folder = (name: string, files: Readonly<Record<string, string>>): string => {
    const path = join(dir, name);
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(join(path, file, '..'), { recursive: true });
      writeFileSync(join(path, file), text);
    }
    return path;
  };

  test("stands beside Kintsugi's own: it forbids more, names itself, and can relax nothing", () => {
    const mine = folder('mine', {
      'teams/shop.cedar':
        '@id("mine/ask")\n@reason("{action} of {workload} in {environment} is for the owner")\n' +
        'forbid (principal == Healer::"alone", action, resource) when { resource.owner == "shop-team" };',
      'lax.cedar': '@id("mine/lax")\npermit (principal, action, resource) when { context.mode.mode == "off" };',
    });
    const { verdict, guards } = evaluate(guardChain, factsOf(), hashPlan, ownPolicies(mine));
    expect(verdict).toBe('ask');
    expect(guards.at(-1)).toMatchObject({
      guard: 'policies',
      result: 'ask',
      reason: 'restart of payments in prod is for the owner',
      limitSource: `${join(mine, 'teams/shop.cedar')}:1`,
      policies: ['mine/ask'],
    });
    const off = factsOf({ mode: { mode: 'off', reason: 'set by ops', since: null } });
    expect(evaluate(guardChain, off, hashPlan, ownPolicies(mine)).verdict).toBe('deny');
  });

  test('a policy of it that fails denies', () => {
    const mine = folder('failing', {
      'a.cedar':
        '@id("mine/overflow")\n@reason("too much")\nforbid (principal, action, resource)\n' +
        'when { context.attempts.attempt * 9223372036854775807 + 9223372036854775807 < 0 };',
    });
    const { verdict, guards } = evaluate(guardChain, factsOf(), hashPlan, ownPolicies(mine));
    expect(verdict).toBe('deny');
    expect(guards.at(-1)?.reason).toMatch(/^policy mine\/overflow could not be evaluated: .*overflow/);
  });

  test('must exist and hold policies', () => {
    expect(() => readPolicies(policiesDir, join(dir, 'nowhere'))).toThrow(
      /policyDirectory = ".*nowhere" is not allowed/,
    );
    expect(() => readPolicies(policiesDir, folder('empty', { 'README.md': '' }))).toThrow(/it holds no \*\.cedar file/);
  });
});

describe('an engine that does not work', () => {
  test('denies every verdict, and each guard says why', () => {
    const { verdict, guards, policies } = evaluate(
      guardChain,
      factsOf(),
      hashPlan,
      noPolicies('no such file: cedar.wasm'),
    );
    expect(verdict).toBe('deny');
    expect(policies).toBeNull();
    const asking = guards.filter(({ guard }) => !['schema', 'earned-autonomy'].includes(guard));
    for (const { result, reason } of asking) {
      expect([result, reason]).toEqual([
        'deny',
        'the policies could not be evaluated: Error: no such file: cedar.wasm',
      ]);
    }
  });

  test('cannot be opened over a set that cannot be parsed', () => {
    const set = ownPolicySet();
    expect(() => cedarPolicies(cedar, { ...set, schema: 'entity' })).toThrow(/^the schema cannot be parsed: /);
    const policies = [{ ...set.policies[0]!, text: 'forbid' }];
    expect(() => cedarPolicies(cedar, { ...set, policies })).toThrow(/^the policies cannot be parsed: /);
  });

  test('refuses a fact of the wrong type instead of comparing it', () => {
    const request = ask('restart', { budget: { actionsThisHour: 1.5 } });
    expect(() => ownPolicies().authorize(request, 'alone')).toThrow();
    const word = ask('restart', { budget: { actionsThisHour: 'few' as never } });
    expect(() => ownPolicies().authorize(word, 'alone')).toThrow();
  });
});

test('the same question always gets the same answer, in the same order', () => {
  const request = ask('restart', {
    budget: { actionsThisHour: 99 },
    attempts: { attempt: 9 },
    maintenance: { open: true },
  });
  const answers = Array.from({ length: 20 }, () => JSON.stringify(ownPolicies().authorize(request, 'alone')));
  expect(new Set(answers).size).toBe(1);
  expect(
    ownPolicies()
      .authorize(request, 'alone')
      .objections.map(({ id }) => id),
  ).toEqual(['maintenance', 'budget', 'attempts']);
});

describe('without a policy that permits', () => {
  const engine = (text: string) => {
    const compiled = compilePolicies({ name: 'schema', text: schema }, [{ name: 'mine.cedar', text }]);
    if (!compiled.ok) throw new Error(problemLines(compiled.problems).join());
    return cedarPolicies(cedar, compiled.set);
  };
  const last = (text: string) => {
    const { verdict, guards } = evaluate(guardChain, factsOf(), hashPlan, engine(text));
    return [verdict, guards.at(-1)?.result, guards.at(-1)?.reason];
  };

  test('nothing may be done', () => {
    expect(last('@id("a")\npermit (principal, action == Action::"wait", resource);')).toEqual([
      'deny',
      'deny',
      'no policy permits to restart payments',
    ]);
  });

  test('and with one for the supervised healer alone a person is asked', () => {
    expect(last('@id("a")\npermit (principal == Healer::"supervised", action, resource);')).toEqual([
      'ask',
      'ask',
      'no policy permits to restart payments without a person',
    ]);
  });
});
