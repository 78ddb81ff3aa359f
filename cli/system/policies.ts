import { join } from 'node:path';
import type { PolicyEngine } from '../../core/guard/policy.ts';
import type { PolicySet } from '../../core/guard/policy-set.ts';
import { cedarPolicies } from '../../lambdas/adapters/cedar-policies.ts';
import { loadCedar } from '../../lambdas/adapters/cedar.ts';
import type { Compiled, PolicyProblem } from '../../lib/policies/compile-policies.ts';
import { CliError } from './cli-error.ts';

/**
 * Reads and checks Kintsugi's policies, and those of a folder beside them. The engine is loaded here and not with the
 * program: the other commands need not wait for it. A folder that cannot be read is the user's mistake, told without a
 * stack trace.
 *
 * @param dirs - the last one is the project's own
 */
export const compilePolicies = async (dir: string | null, dirs: readonly string[]): Promise<Compiled> => {
  const { readPolicies } = await import('../../lib/policies/read-policies.ts');
  try {
    return readPolicies(join(dirs.at(-1) ?? '.', 'policies'), dir);
  } catch (error) {
    throw new CliError(error instanceof Error ? error.message : String(error));
  }
};

/**
 * A set of policies, ready to be asked.
 *
 * @throws CliError with every problem, by file and line
 */
export const loadPolicies = async (
  dir: string,
  dirs: readonly string[],
): Promise<{ readonly set: PolicySet; readonly engine: PolicyEngine }> => {
  const compiled = await compilePolicies(dir, dirs);
  if (!compiled.ok) throw new CliError(problemLines(compiled.problems).join('\n'));
  return { set: compiled.set, engine: cedarPolicies(await loadCedar(), compiled.set) };
};

/** One line per problem, as compilers write it. */
export const problemLines = (problems: readonly PolicyProblem[]): string[] =>
  problems.map(({ file, line, column, message }) => `${file}:${line}:${column} ${message}`);
