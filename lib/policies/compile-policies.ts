import { createHash } from 'node:crypto';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Compiled, PolicyFile } from '../../core/guard/compile-policies.ts';
import { compilePolicies as compile } from '../../core/guard/compile-policies.ts';
import { readPolicyFiles } from './policy-files.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/**
 * Checks and turns into one set, with the engine that is installed. A synthesis cannot wait, so the engine is loaded with
 * this file: the CLI, most of which needs none, keeps away from it.
 */
export const compilePolicies = (schema: PolicyFile, files: readonly PolicyFile[]): Compiled =>
  compile(schema, files, { cedar, sha256 });

/**
 * Reads and checks Kintsugi's own policies, and those of a user's folder beside them. A user's policies can only forbid
 * more: one forbid wins, and Kintsugi's own are always in the set.
 *
 * @param userDir - what the context calls `policyDirectory`; null for none
 * @throws InvalidInputError when the folder does not exist or holds no policies
 */
export const readPolicies = (policiesDir: string, userDir: string | null): Compiled => {
  const folder = userDir === null ? null : { path: userDir, called: 'policyDirectory' };
  const { schema, own, users } = readPolicyFiles(policiesDir, folder);
  return compilePolicies(schema, [...own, ...users]);
};
