import { join } from 'node:path';
import type { Compiled } from '../../core/guard/compile-policies.ts';
import { compilePolicies as compile } from '../../core/guard/compile-policies.ts';
import type { PolicyEngine } from '../../core/guard/policy.ts';
import type { PolicySet } from '../../core/guard/policy-set.ts';
import type { Cedar } from '../../lambdas/adapters/cedar.ts';
import { loadCedar } from '../../lambdas/adapters/cedar.ts';
import { cedarPolicies } from '../../lambdas/adapters/cedar-policies.ts';
import { sha256 } from '../../lambdas/adapters/sha256.ts';
import type { PolicyFiles, UserFolder } from '../../lib/policies/policy-files.ts';
import { problemLines, readPolicyFiles } from '../../lib/policies/policy-files.ts';
import { CliError, hasCode } from './cli-error.ts';

/** What was found about a set of policies. */
export interface Checked {
  readonly compiled: Compiled;
  /** How many policies of a set that is good are the folder's; null without a folder. */
  readonly ofFolder: number | null;
}

/**
 * Reads and checks Kintsugi's policies, and those of a folder beside them. A folder that cannot be read is the user's
 * mistake, told without a stack trace.
 *
 * @param dirs - the last one is the project's own
 */
export const checkPolicies = async (folder: UserFolder | null, dirs: readonly string[]): Promise<Checked> => {
  const { schema, own, users } = filesOf(folder, dirs.at(-1) ?? '.');
  const compiled = compile(schema, [...own, ...users], { cedar: await engine(), sha256 });
  if (folder === null || !compiled.ok) return { compiled, ofFolder: null };
  const names = new Set(users.map(({ name }) => name));
  const mine = compiled.set.policies.filter(({ source }) => names.has(source.replace(/:\d+$/, '')));
  return { compiled, ofFolder: mine.length };
};

/**
 * A set of policies, ready to be asked.
 *
 * @throws CliError with every problem, by file and line
 */
export const loadPolicies = async (
  folder: UserFolder,
  dirs: readonly string[],
): Promise<{ readonly set: PolicySet; readonly engine: PolicyEngine }> => {
  const { compiled, ofFolder } = await checkPolicies(folder, dirs);
  if (!compiled.ok) throw new CliError(problemLines(compiled.problems).join('\n'));
  if (ofFolder === 0)
    throw new CliError(`${folder.called} = "${folder.path}" is not allowed: its files hold no policy`);
  return { set: compiled.set, engine: cedarPolicies(await engine(), compiled.set) };
};

const filesOf = (folder: UserFolder | null, home: string): PolicyFiles => {
  try {
    return readPolicyFiles(join(home, 'policies'), folder);
  } catch (error) {
    if (hasCode(error, 'ENOENT')) throw new CliError(notHere(`Kintsugi's own policies (${join(home, 'policies')})`));
    throw new CliError(error instanceof Error ? error.message : String(error));
  }
};

/** Loaded here and not with the program: the other commands need not wait for it, nor have it. */
const engine = async (): Promise<Cedar> => {
  try {
    return await loadCedar();
  } catch (error) {
    if (!hasCode(error, 'ERR_MODULE_NOT_FOUND')) throw error;
    throw new CliError(notHere('the policy engine (@cedar-policy/cedar-wasm)'), { cause: error });
  }
};

const notHere = (what: string): string =>
  `policy check, policy simulate and whatif --policy need ${what}, which a copy of kintsugi.mjs alone does not have. Run them in Kintsugi's own folder: npm run kintsugi -- policy check`;
