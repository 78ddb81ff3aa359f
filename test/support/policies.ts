import { join } from 'node:path';
import * as engine from '@cedar-policy/cedar-wasm/nodejs';
import type { PolicyEngine } from '../../core/guard/policy.ts';
import type { PolicySet } from '../../core/guard/policy-set.ts';
import { cedarPolicies } from '../../lambdas/adapters/cedar-policies.ts';
import { withoutInlining } from '../../lambdas/adapters/cedar.ts';
import { readPolicies } from '../../lib/policies/compile-policies.ts';
import { problemLines } from '../../lib/policies/policy-files.ts';

export const cedar = withoutInlining(engine);

export const policiesDir = join(process.cwd(), 'policies');

/** Kintsugi's own policies, checked; with a folder of a user's if one is given. */
export const ownPolicySet = (userDir: string | null = null): PolicySet => {
  const compiled = readPolicies(policiesDir, userDir);
  if (!compiled.ok) throw new Error(problemLines(compiled.problems).join('\n'));
  return compiled.set;
};

/** The same, ready to be asked. */
export const ownPolicies = (userDir: string | null = null): PolicyEngine => cedarPolicies(cedar, ownPolicySet(userDir));
