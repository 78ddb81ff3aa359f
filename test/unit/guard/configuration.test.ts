import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LearningLimitsSchema, LimitsSchema, StricterLimitsSchema } from '../../../core/contracts/limits.ts';
import { EnvironmentConfigSchema } from '../../../lib/config/environment-config.ts';

/**
 * A configuration key that nobody reads is a promise that nobody keeps. Each key has a reader in code, outside of where it
 * is declared and given its value, and a test that names it.
 */
const root = process.cwd();

const sourcesIn = (...folders: readonly string[]): string =>
  folders
    .flatMap((folder) =>
      readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts') && !name.includes('node_modules'))
        .map((name) => join(folder, name)),
    )
    .filter((path) => !DECLARATIONS.includes(path))
    .map((path) =>
      readFileSync(join(root, path), 'utf8')
        .replace(/\/\*[\s\S]*?\*\//g, '')
        .replace(/^\s*\/\/.*$/gm, ''),
    )
    .join('\n');

const DECLARATIONS = [
  'core/contracts/limits.ts',
  'lib/config/environment-config.ts',
  'lib/config/environments.ts',
  'lib/constructs/watch-options.ts',
  'test/unit/guard/configuration.test.ts',
  'test/support/builders.ts',
];

const code = sourcesIn('core', 'lambdas', 'lib', 'bin');
const tests = sourcesIn('test');

/** A key as code reads it: `config.key`, `{ key }`, `{ key: other }`, `key: true` of a picked schema, `'key'`. */
const names = (text: string, key: string): boolean => new RegExp(`[.'"{,\\s]${key}\\b`).test(text);

const optionsOf = (...interfaces: readonly string[]): string[] => {
  const declared = readFileSync(join(root, 'lib/constructs/watch-options.ts'), 'utf8');
  return interfaces.flatMap((name) => {
    const body = new RegExp(`export interface ${name}[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(declared)?.[1] ?? '';
    return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, key]) => key ?? '');
  });
};

const KEYS: Readonly<Record<string, readonly string[]>> = {
  EnvironmentConfig: Object.keys(EnvironmentConfigSchema.shape),
  'EnvironmentConfig.api': Object.keys(EnvironmentConfigSchema.shape.api.shape),
  Limits: Object.keys(LimitsSchema.shape),
  'Limits.learning': Object.keys(LearningLimitsSchema.shape),
  'Limits.byCriticality': Object.keys(StricterLimitsSchema.shape),
  WatchOptions: optionsOf('WatchOptions', 'WatchServiceOptions', 'WatchQueueOptions'),
};

describe.each(Object.entries(KEYS))('%s', (_, keys) => {
  test('has keys, so that silence means something', () => expect(keys.length).toBeGreaterThan(1));

  test.each(keys)('%s has a reader', (key) => expect(names(code, key)).toBe(true));

  test.each(keys)('%s is named in a test', (key) => expect(names(tests, key)).toBe(true));
});

test('a key that nobody reads would be found', () => {
  expect(names(code, ['a', 'Key', 'That', 'Nobody', 'Reads'].join(''))).toBe(false);
});
