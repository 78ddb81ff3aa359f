import { PolicySetSchema } from '../../../core/guard/policy-set.ts';
import { ownPolicySet } from '../../support/policies.ts';

const set = ownPolicySet();
const first = set.policies[0]!;

test('a set that was checked is one, and loses nothing', () => expect(PolicySetSchema.parse(set)).toEqual(set));

test.each<[string, object]>([
  ['no version', { version: '' }],
  ['no schema', { schema: '' }],
  ['no policy', { policies: [] }],
  ['a policy without an id', { policies: [{ ...first, id: '' }] }],
  ['a policy without a text', { policies: [{ ...first, text: '' }] }],
  ['a policy from nowhere', { policies: [{ ...first, source: '' }] }],
  ['a policy of a guard without a name', { policies: [{ ...first, guard: 1 }] }],
  ['a policy whose reason is no text', { policies: [{ ...first, reason: null }] }],
])('a set with %s is none', (_, changes) => {
  expect(PolicySetSchema.safeParse({ ...set, ...changes }).success).toBe(false);
});
