import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { Compiled, PolicyFile, PolicyProblem } from './compile-policies.ts';
import { compilePolicies } from './compile-policies.ts';

const SCHEMA = 'schema.cedarschema';

/**
 * Reads and checks Kintsugi's own policies, and those of a user's folder beside them. A user's policies can only forbid
 * more: one forbid wins, and Kintsugi's own are always in the set.
 *
 * @param policiesDir - Kintsugi's own, with the schema; folders below it are other sets, such as that of the API's roles
 * @param userDir - a folder of `*.cedar` files, read with its subfolders; null for none
 * @throws Error when the folder does not exist or holds no policies
 */
export const readPolicies = (policiesDir: string, userDir: string | null): Compiled => {
  const schema = fileOf(policiesDir, join(policiesDir, SCHEMA), 'policies');
  const own = cedarFilesIn(policiesDir, false).map((path) => fileOf(policiesDir, path, 'policies'));
  return compilePolicies(schema, [...own, ...(userDir === null ? [] : userFiles(userDir))]);
};

const userFiles = (dir: string): PolicyFile[] => {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new Error(`policyDirectory = "${dir}" is not allowed: must be a folder with *.cedar files`);
  }
  const paths = cedarFilesIn(dir, true);
  if (paths.length === 0) throw new Error(`policyDirectory = "${dir}" is not allowed: it holds no *.cedar file`);
  return paths.map((path) => fileOf(dir, path, dir));
};

const cedarFilesIn = (dir: string, recursive: boolean): string[] =>
  readdirSync(dir, { recursive, encoding: 'utf8' })
    .filter((name) => name.endsWith('.cedar'))
    .sort()
    .map((name) => join(dir, name));

const fileOf = (dir: string, path: string, shownDir: string): PolicyFile => ({
  name: join(shownDir, relative(resolve(dir), resolve(path))),
  text: readFileSync(path, 'utf8'),
});

/** One line per problem, as compilers write it. */
export const problemLines = (problems: readonly PolicyProblem[]): string[] =>
  problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
