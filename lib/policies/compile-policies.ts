import { createHash } from 'node:crypto';
import * as cedar from '@cedar-policy/cedar-wasm/nodejs';
import type { Compiled, PolicyFile } from '../../core/guard/compile-policies.ts';
import { compilePolicies as compile } from '../../core/guard/compile-policies.ts';

export type { Compiled, PolicyFile, PolicyProblem } from '../../core/guard/compile-policies.ts';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Checks and turns into one set, with the engine that is installed. */
export const compilePolicies = (schema: PolicyFile, files: readonly PolicyFile[]): Compiled =>
  compile(schema, files, { cedar, sha256 });
