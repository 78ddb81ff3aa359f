import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LearningLimitsSchema, LimitsSchema, StricterLimitsSchema } from '../../core/contracts/limits.ts';
import { EnvironmentConfigSchema } from '../../lib/config/environment-config.ts';

/** Every key that a user can set, and the text of the code and the tests in which somebody has to read it. */

const root = process.cwd();

/** Where keys are declared and given their values: that is not reading them. */
const DECLARATIONS = [
  'core/contracts/limits.ts',
  'lib/config/environment-config.ts',
  'lib/config/environments.ts',
  'lib/constructs/watch-options.ts',
  'test/unit/guard/configuration.test.ts',
  'test/unit/loop/reported-failures.test.ts',
  'test/support/builders.ts',
  'test/support/configuration-keys.ts',
];

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
        .replace(/^\s*\/\*[\s\S]*?\*\//gm, '')
        .replace(/^\s*\/\/.*$/gm, ''),
    )
    .join('\n');

const code = sourcesIn('core', 'lambdas', 'lib', 'bin');
const tests = sourcesIn('test');

/** A key as code reads it: `config.key`, `{ key }`, `{ key: other }`, `key: true` of a picked schema, `'key'`. */
const names = (text: string, key: string): boolean => new RegExp(`[.'"{,\\s]${key}\\b`).test(text);

export const hasReader = (key: string): boolean => names(code, key);
export const isNamedInTest = (key: string): boolean => names(tests, key);

const optionsOf = (...interfaces: readonly string[]): string[] => {
  const declared = readFileSync(join(root, 'lib/constructs/watch-options.ts'), 'utf8');
  return interfaces.flatMap((name) => {
    const body = new RegExp(`export interface ${name}[^{]*\\{([\\s\\S]*?)\\n\\}`).exec(declared)?.[1] ?? '';
    return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, key]) => key ?? '');
  });
};

export const CONFIGURATION_KEYS: Readonly<Record<string, readonly string[]>> = {
  EnvironmentConfig: Object.keys(EnvironmentConfigSchema.shape),
  'EnvironmentConfig.api': Object.keys(EnvironmentConfigSchema.shape.api.shape),
  Limits: Object.keys(LimitsSchema.shape),
  'Limits.learning': Object.keys(LearningLimitsSchema.shape),
  'Limits.byCriticality': Object.keys(StricterLimitsSchema.shape),
  WatchOptions: optionsOf('WatchOptions', 'WatchServiceOptions', 'WatchQueueOptions'),
};
