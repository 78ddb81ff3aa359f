import type { Check } from './protocol.ts';
import { explore } from './protocol.ts';

/** How many states there are, and why each check is needed: `test/model/protocol.ts`. */

test('no reachable state has two holders acting, an effect twice, or an act without a valid verdict', () => {
  const { states, transitions, violation, acted } = explore();
  expect(violation).toBeNull();
  expect(acted).toEqual({ asks: true, free: true });
  expect(states).toBeGreaterThan(10_000);
  process.stdout.write(`protocol: ${states} states, ${transitions} transitions\n`);
}, 120_000);

test.each<[Check, string]>([
  ['the lease must be free', 'two holders act'],
  ['the token must be ours', 'two holders act'],
  ['the lease must outlive the action', 'two holders act'],
  ['a retry must hold the lease', 'two holders act'],
  ['look before acting again', 'one incident has its effect twice'],
  ['same question', 'it acts without a yes to its question'],
  ['answer in time', 'it acts on an answer that came too late'],
  ['same evidence', 'it acts on other evidence than was shown'],
  ['same token', 'it acts though somebody else has acted since it was asked'],
  ['a yes', 'it acts without a yes to its question'],
])(
  'without the check "%s" there is one: %s',
  (check, expected) => {
    const { violation } = explore(check);
    expect(violation?.what).toBe(expected);
    expect(violation?.steps.length).toBeGreaterThan(0);
  },
  120_000,
);
