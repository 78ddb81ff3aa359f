import { CONFIGURATION_KEYS, hasReader, isNamedInTest } from '../../support/configuration-keys.ts';

/**
 * A configuration key that nobody reads is a promise that nobody keeps. Each key has a reader in code, outside of where it
 * is declared and given its value, and a test that names it.
 */
describe.each(Object.entries(CONFIGURATION_KEYS))('%s', (_, keys) => {
  test('has keys, so that silence means something', () => expect(keys.length).toBeGreaterThan(1));

  test.each(keys)('%s has a reader', (key) => expect(hasReader(key)).toBe(true));

  test.each(keys)('%s is named in a test', (key) => expect(isNamedInTest(key)).toBe(true));
});

test('a key that nobody reads would be found', () => {
  expect(hasReader(['a', 'Key', 'That', 'Nobody', 'Reads'].join(''))).toBe(false);
});
