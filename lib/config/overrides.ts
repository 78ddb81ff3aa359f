import type * as z from 'zod';
import { EnvironmentNameSchema, type EnvironmentName } from '../../core/contracts/workload.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';
import { EnvironmentConfigSchema, type EnvironmentConfig } from './environment-config.ts';
import { environments } from './environments.ts';

/** CDK context key of the overrides. */
export const OVERRIDES_CONTEXT = 'kintsugi';

type Tree = Readonly<Record<string, unknown>>;

/**
 * The three environments with the overrides of the CDK context laid over them.
 *
 * The context value is an object, or its JSON text as the CLI passes it: one key per environment, below it any part of
 * {@link EnvironmentConfigSchema}. Objects are merged key by key, every other value replaces what was there.
 *
 * ```
 * cdk deploy -c kintsugi='{"dev":{"cloudStack":false,"limits":{"cooldownSeconds":5}}}' 'Kintsugi-dev/*'
 * ```
 *
 * @param context - value of the context key `kintsugi`; undefined: no overrides
 * @throws InvalidInputError with field, value and what is allowed, one line per wrong field
 */
export const resolveEnvironments = (context: unknown): Readonly<Record<EnvironmentName, EnvironmentConfig>> => {
  const overrides = readOverrides(context);
  const unknown = Object.keys(overrides).filter((name) => !EnvironmentNameSchema.safeParse(name).success);
  if (unknown.length > 0) {
    throw overrideError(
      unknown.map((name) => `${name}: no such environment; allowed: ${names(EnvironmentNameSchema.options)}`),
    );
  }
  const resolve = (name: EnvironmentName): EnvironmentConfig => withOverrides(name, overrides[name]);
  return { dev: resolve('dev'), stage: resolve('stage'), prod: resolve('prod') };
};

const readOverrides = (context: unknown): Tree => {
  if (context === undefined) return {};
  const value = typeof context === 'string' ? parseJson(context) : context;
  if (!isTree(value)) throw overrideError([`${JSON.stringify(value)} is not allowed: must be an object`]);
  return value;
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw overrideError([
      `${text} is not allowed: must be JSON (${error instanceof Error ? error.message : 'unreadable'})`,
    ]);
  }
};

const withOverrides = (name: EnvironmentName, override: unknown): EnvironmentConfig => {
  if (override === undefined) return environments[name];
  if (!isTree(override))
    throw overrideError([`${name} = ${JSON.stringify(override)} is not allowed: must be an object`]);
  const merged = merge(environments[name], override);
  const parsed = EnvironmentConfigSchema.safeParse(merged);
  if (!parsed.success) throw overrideError(parsed.error.issues.map((issue) => describe(name, issue, merged)));
  if (parsed.data.limits.env !== name) {
    throw overrideError([`${name}.limits.env = "${parsed.data.limits.env}" is not allowed: must be "${name}"`]);
  }
  return parsed.data;
};

const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

const merge = (base: Tree, over: Tree): Tree => {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = base[key];
    return [key, isTree(below) && isTree(value) ? merge(below, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(merged) };
};

const describe = (name: EnvironmentName, issue: z.core.$ZodIssue, config: Tree): string => {
  const at = (path: readonly PropertyKey[]): string => [name, ...path].map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = Object.keys(valueAt(config, issue.path) as Tree).filter((key) => !issue.keys.includes(key));
    return `${issue.keys.map((key) => at([...issue.path, key])).join(', ')}: no such field; allowed: ${names(known)}`;
  }
  const value = JSON.stringify(valueAt(config, issue.path)) ?? 'undefined';
  const orNull = issue.code !== 'custom' && mayBeNull(config, issue.path) ? ', or null' : '';
  return `${at(issue.path)} = ${value} is not allowed: ${issue.message}${orNull}`;
};

/** Asked of the schema itself: its message about a wrong value does not say so. */
const mayBeNull = (config: Tree, path: readonly PropertyKey[]): boolean => {
  const issues = EnvironmentConfigSchema.safeParse(withNullAt(config, path)).error?.issues ?? [];
  return !issues.some((issue) => issue.path.join('.') === path.join('.'));
};

const withNullAt = (tree: unknown, [key, ...rest]: readonly PropertyKey[]): unknown => {
  if (key === undefined) return null;
  if (Array.isArray(tree))
    return tree.map((item, index) => (index === key ? withNullAt(item, rest) : (item as unknown)));
  return { ...(tree as Tree), [key]: withNullAt((tree as Tree)[String(key)], rest) };
};

const valueAt = (tree: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key], tree);

const names = (values: readonly string[]): string => values.join(', ');

const overrideError = (lines: readonly string[]): Error =>
  new InvalidInputError(
    `The CDK context "${OVERRIDES_CONTEXT}" cannot be used:\n${lines.map((line) => `  ${OVERRIDES_CONTEXT}.${line}`).join('\n')}`,
  );
