import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import type { PolicyFile, PolicyProblem } from '../../core/guard/compile-policies.ts';
import { InvalidInputError } from '../../core/shared/errors.ts';

const SCHEMA = 'schema.cedarschema';

/** Policies as they are read, before an engine has looked at them. */
export interface PolicyFiles {
  readonly schema: PolicyFile;
  /** Kintsugi's own. */
  readonly own: readonly PolicyFile[];
  readonly users: readonly PolicyFile[];
}

/** A folder of a user's, and how that user called it: `policyDirectory`, `--policies`. */
export interface UserFolder {
  readonly path: string;
  readonly called: string;
}

/**
 * Reads Kintsugi's own policies, and those of a user's folder beside them.
 *
 * @param policiesDir - Kintsugi's own, with the schema; folders below it are other sets, such as that of the API's roles
 * @param folder - its `*.cedar` files, read with its subfolders; null for none
 * @throws InvalidInputError when the folder does not exist or holds no such file
 */
export const readPolicyFiles = (policiesDir: string, folder: UserFolder | null): PolicyFiles => ({
  schema: fileOf(policiesDir, join(policiesDir, SCHEMA), 'policies'),
  own: cedarFilesIn(policiesDir, false).map((path) => fileOf(policiesDir, path, 'policies')),
  users: folder === null ? [] : userFiles(folder),
});

const userFiles = ({ path: dir, called }: UserFolder): PolicyFile[] => {
  if (!existsSync(dir) || !statSync(dir).isDirectory()) {
    throw new InvalidInputError(`${called} = "${dir}" is not allowed: must be a folder with *.cedar files`);
  }
  const paths = cedarFilesIn(dir, true);
  if (paths.length === 0) throw new InvalidInputError(`${called} = "${dir}" is not allowed: it holds no *.cedar file`);
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
