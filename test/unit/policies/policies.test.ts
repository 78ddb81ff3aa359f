import { ActionIdSchema } from '../../../core/contracts/action.ts';
import { SECTION_NAMES } from '../../../core/contracts/policy-request.ts';
import type { PolicyEngine } from '../../../core/guard/policy.ts';
import type { PolicySet } from '../../../core/guard/policy-set.ts';
import { cedarPolicies } from '../../../lambdas/adapters/cedar-policies.ts';
import { cedar, ownPolicySet } from '../../support/policies.ts';
import type { Example } from './examples.ts';
import { EXAMPLES } from './examples.ts';
import { mutantsOf } from './policy-mutants.ts';

const set = ownPolicySet();
const engine = cedarPolicies(cedar, set);

/** What is said to an example, in one line. */
const saidTo = ({ request }: Example, policies: PolicyEngine): string => {
  const supervised = policies.authorize(request, 'supervised');
  const alone = policies.authorize(request, 'alone');
  const denied = supervised.objections.map(({ id }) => id);
  const asked = alone.objections.map(({ id }) => id).filter((id) => !denied.includes(id));
  const errors = [...supervised.errors, ...alone.errors].map(({ policy }) => policy.id);
  return lineOf({ denied, asked }, supervised.permitted, alone.permitted, errors);
};

const lineOf = (
  { denied, asked }: Pick<Example, 'denied' | 'asked'>,
  supervised: boolean,
  alone: boolean,
  errors: readonly string[] = [],
): string =>
  `denied by [${[...denied].sort().join()}], asked by [${[...asked].sort().join()}], ` +
  `supervised ${supervised}, alone ${alone}, errors [${errors.join()}]`;

const expectedOf = (example: Example): string =>
  lineOf(example, example.denied.length === 0, example.denied.length === 0 && example.asked.length === 0);

test.each(EXAMPLES.map((example) => [example.name, example] as const))('%s', (_, example) => {
  expect(saidTo(example, engine)).toBe(expectedOf(example));
});

test('every policy objects to an example', () => {
  const objecting = new Set(EXAMPLES.flatMap(({ denied, asked }) => [...denied, ...asked]));
  expect(set.policies.map(({ id }) => id).filter((id) => !objecting.has(id))).toEqual(['permit']);
});

test.each(SECTION_NAMES)(
  'without the facts of %s exactly the policies that read them fail, each for whom it binds',
  (name) => {
    const { facts: all, ...request } = (EXAMPLES[1] as Example).request;
    const facts = Object.fromEntries(Object.entries(all).filter(([section]) => section !== name));
    const failed = new Set<string>();
    for (const action of ActionIdSchema.options) {
      for (const healer of ['supervised', 'alone'] as const) {
        for (const { policy } of engine.authorize({ ...request, action, facts }, healer).errors) failed.add(policy.id);
      }
    }
    const readers = set.policies.filter(({ text }) => text.includes(`context.${name}.`)).map(({ id }) => id);
    expect(readers).not.toEqual([]);
    expect([...failed].sort()).toEqual(readers.sort());
  },
);

/** Parses and type-checks, as the build does; null: the build refuses the mutant. */
const built = (mutant: PolicySet): PolicyEngine | null => {
  const staticPolicies = Object.fromEntries(mutant.policies.map(({ id, text }) => [id, text]));
  const checked = cedar.validate({ schema: mutant.schema, policies: { staticPolicies } });
  return checked.type === 'failure' || checked.validationErrors.length > 0 ? null : cedarPolicies(cedar, mutant);
};

/** Examples about a policy come first: most mutants end at one of them. */
const nearestFirst = (policyId: string): Example[] =>
  EXAMPLES.toSorted((a, b) => Number(isAbout(b, policyId)) - Number(isAbout(a, policyId)));

const isAbout = ({ name, denied, asked }: Example, policyId: string): boolean =>
  name.startsWith(policyId) || denied.includes(policyId) || asked.includes(policyId);

describe('mutants of the policies', () => {
  const mutants = mutantsOf(set);

  test('there are hundreds', () => expect(mutants.length).toBeGreaterThan(300));

  test('each is refused by the build or told apart by an example', () => {
    let refused = 0;
    const survivors = mutants.filter((mutant) => {
      const policies = built(mutant.set);
      if (policies === null) {
        refused += 1;
        return false;
      }
      return nearestFirst(mutant.policyId).every((example) => saidTo(example, policies) === expectedOf(example));
    });
    expect(survivors.map(({ name }) => name)).toEqual([]);
    expect(refused).toBeLessThan(mutants.length / 2);
  }, 600_000);
});
